"""nifti: folders of NIfTI files, one case a folder or by layout, with a table beside them."""
