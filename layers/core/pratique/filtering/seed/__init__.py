"""The shipped seed model, `seed.bin`: what `tools/train_seed_model.py` makes of public corpora, bit for bit."""
