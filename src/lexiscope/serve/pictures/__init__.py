"""pictures: image files -> what a browser shows of them. No web in it, and no torch.

In: paths of image files as `sources.pixels` reads them, with the spacing that the corpus knows. Out: PNG bytes of
thumbnails, slices and tiles, facts for the page, and NIfTI files for a viewer of volumes. `decoded` is one image ready
to be shown, `memory` keeps a few of them and `disk` what was made of them, `once` makes nothing twice at a time;
`window` turns values into bytes; `orientation` says which side is where; `picture` makes PNGs; `thumbnail`, `slices`,
`tiles`, `about` and `volume` are what the routes give; `maker` is a process that makes some of it before anybody asks.
All files are untrusted, and the limits of the sources hold.
"""
