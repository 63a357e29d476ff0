"""scenes: small colour and depth images whose classes need colour, depth, either of them, or both together.

In: a number of scenes and a seed. Out: a folder with a table of cases, which the source `table` reads with two image
columns as two modalities and a column of label images, and `truth.json`. What is planted:

- "stain": a texture painted on the floor. Depth shows nothing: **special to colour**.
- "mound": raised, and coloured like the floor. Colour shows nothing: **special to depth**.
- "block": a colour and a height that nothing else has. Either suffices: **consistent**.
- "token": a plate that is red and low or blue and high. Plates that are red and high or blue and low are "decoys", four
  of five, and as often red or high as tokens are, so that colour alone and depth alone say nothing about which plate is
  a token: **synergistic**, an exclusive or.

Shapes, sizes and places are drawn alike for all. `plan` draws what stands where, `picture` renders it, `folder` writes.
"""

from lexiscope.simulate.scenes.folder import Scenes, write_scenes

__all__ = ["Scenes", "write_scenes"]
