"""Image formats: files -> `Header` and arrays, `(c, y, x)` or `(c, z, y, x)`, pixel values as stored.

In: paths of regular files whose format is known. Out: headers read without decoding, and pixels. Each leaf holds one
family (`raster`: PNG, JPEG, GIF, BMP, WebP; `tiff`; `nifti`) as two functions, `header(path)` and `pixels(path)`.
"""
