"""Stores one of each kind of value with pylibmc. Argument: the port."""

import sys

import pylibmc
from values import PLAIN, TO_COMPRESS, store

client = pylibmc.Client([f'127.0.0.1:{sys.argv[1]}'])
store(client.set, PLAIN)
store(client.set, TO_COMPRESS, min_compress_len=1000)
