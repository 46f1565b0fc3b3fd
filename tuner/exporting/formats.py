"""The formats by name."""

from keras_search.tuner.exporting import keras_file, litert_file, onnx_file, saved_model_file
from keras_search.tuner.exporting.runtime import Format

FORMATS = {
    format_.name: format_
    for format_ in (
        Format("keras", "model.keras", "keras", (), (), keras_file.write, keras_file.load),
        Format("saved-model", "saved-model", "tensorflow", (), (), saved_model_file.write, saved_model_file.load),
        Format("onnx", "model.onnx", "onnxruntime", ("tf2onnx", "onnx"), ("onnxruntime",),
               onnx_file.write, onnx_file.load),
        Format("litert", "model.tflite", "ai-edge-litert", (), ("ai_edge_litert",),
               litert_file.write, litert_file.load),
    )
}  # fmt: skip
