"""The export formats, their certificates, and the files beside an exported model."""
