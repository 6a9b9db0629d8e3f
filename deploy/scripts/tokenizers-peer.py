"""How long the package `tokenizers` takes for prompts, for the benchmark of tokens.

    python tokenizers-peer.py TOKENIZER.JSON PROMPTS

reads prompts that are parted by zero bytes and prints the seconds of a core that the fastest of three rounds took, and
a number that all ids decide.
"""

import sys
import time

import tokenizers

peer = tokenizers.Tokenizer.from_file(sys.argv[1])
with open(sys.argv[2], encoding="utf-8", newline="") as file:
    prompts = file.read().split("\0")
best = float("inf")
for _ in range(3):
    start = time.thread_time()
    for prompt in prompts:
        ids = peer.encode(prompt, add_special_tokens=False).ids
    best = min(best, time.thread_time() - start)
mix = 0
for prompt in prompts:
    for id in peer.encode(prompt, add_special_tokens=False).ids:
        mix = (mix * 31 + id) % (1 << 32)
print(best, mix)
