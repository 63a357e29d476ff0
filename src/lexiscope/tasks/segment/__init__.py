"""segment: masks of structures that a sentence names, in the grid and orientation of the files that came.

In: the voxels of a case (`voxel_input`) and sentences. Out: a `Prediction` whose value holds a `FoundMask` a sentence,
measured (`found_mask`) and, where a folder is named, written (`mask_files`).
"""
