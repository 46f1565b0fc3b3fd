"""Write scikit-learn's digits as a folder of images, a subfolder a class: `scans/0/0000.png` and so on.

python examples/digit_images.py
"""

from pathlib import Path

from PIL import Image
from sklearn.datasets import load_digits

digits = load_digits()
for number, (image, digit) in enumerate(zip(digits.images, digits.target, strict=True)):
    folder = Path("scans") / str(digit)
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray((255 - image * 255 / 16).astype("uint8")).save(folder / f"{number:04}.png")
