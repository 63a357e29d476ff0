"""`ImageReader`: what makes the image tokens that an assistant reads."""

from lexiscope.models.assistant.pictures import PictureReader
from lexiscope.models.assistant.vision_encoder import HubVisionEncoder
from lexiscope.models.encoder import Encoder

ImageReader = Encoder | HubVisionEncoder | PictureReader
