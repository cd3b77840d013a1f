"""What a digest is made of: words, lines, reasons, the letter. The use cases beside this folder put it together."""
