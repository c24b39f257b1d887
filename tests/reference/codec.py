#!/usr/bin/env python3
"""Fixtures of tests/data/test_codec.c: hard texts and the ids that the reference libraries give them.

    NODE_MODULES=DIR python3 codec.py DATA

DATA holds tokenizers/{gpt2,opt,gpt-neox,mistral-v1} and stories260K (see docs/tests in the README of
this folder's tests); DIR has node_modules with @anush008/tokenizers, the Rust library. Also needed:
python3-sentencepiece (and its spm_train), python3-regex. Writes codec/:

    texts.txt         a text a line, its bytes in hexadecimal
    NAME.ids          the ids of each text, line by line
    base.json         a byte-level tokenizer.json of 600 tokens, characters.json one of code points
    variants.json     what is put into them for the other NAMEs
    NAME.model, small.bin   SentencePiece models and a tokenizer of llama2.c, trained here

Whatever is UTF-8 is encoded by the library itself. Texts that are not, which the Rust library cannot
be given, are encoded by the Python below, written from the definition (Radford et al. 2019, and
tokenizer.json's own words); it must agree with the library on all the others. llama2.c's rule is
written here from its definition: best score first, leftmost of equals.
"""
import copy
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import unicodedata

import regex
import sentencepiece

here = os.path.dirname(os.path.abspath(__file__))
to = os.path.join(here, "codec")
MARK = "\u2581"

# ---------------------------------------------------------------- texts

PLAIN = """The quick brown fox jumps over the lazy dog; it's the dog's fault, they're told. We'll see what
I've got, he'd said: "don't!" -- and she'd've gone (twice) at 10:45, 3.14159 or 2,024 times. A list:
1. one, 2. two, 3. three... and http://example.org/path?query=1&more=2#end of the mail me@example.org.
for (int i = 0; i < n; i++) {\n\tsum += x[i];\n}  // done   \n\nNa\u00efve caf\u00e9 fa\u00e7ade r\u00e9sum\u00e9
\u00fcber Stra\u00dfe \u00c5ngstr\u00f6m; \u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440! \u0393\u03b5\u03b9\u03ac
\u03c3\u03bf\u03c5 \u039a\u03cc\u03c3\u03bc\u03b5. \u65e5\u672c\u8a9e\u306e\u6587\u7ae0\u3002 \u4f60\u597d\uff0c\u4e16\u754c\uff01
\ud55c\uad6d\uc5b4 \ubb38\uc7a5. \u0939\u093f\u0928\u094d\u0926\u0940 \u0e20\u0e32\u0e29\u0e32\u0e44\u0e17\u0e22 \u0627\u0644\u0639\u0631\u0628\u064a\u0629."""
TRAINING = (PLAIN + "\n\n\n\n \n\n x\n\n\n\ty") * 3

HARD = [
    "", " ", "  ", "   ", "\t", "\n", "\r\n", "\n\n", " \n ", "\t\t\tx", "a ", " a", "  a", "a  b", "a   b", "a\nb", "a \n b", "a\n\n\nb", "a\r\n\r\nb",
    "\u00a0", "a\u00a0b", "\u3000a", "a\u2028b\u2029c\u0085d", "\u200b", "\u200da", "\ufeffa", "a\x00b", "\x07\x1b[0m", "a\x1cb\x1fc", "\x7f",
    "Hello world", " Hello world", "Hello  world", "hello, World!", "HELLO", "the", " the", "the the the", "don't", "DON'T", "don\u2019t", "'s", "''s", "' s", "it's 'tis",
    "I'm we're they've he'll she'd 'S 'LL 'Re", "'\u017f", "rock'n'roll", "can''t", "0", "7", "10", "123", "1234", "12345", "123456789012345678901234567890", "3.14", "1,000,000",
    "\uff13\u0664\u00bd\u2167", "x2y3", "a1b22c333", "\u0967\u0968\u0969", "...", "!!!", "?!?!", "--", "-----", "=" * 37, "-" * 64, "a" * 50, "ab" * 33, " " * 23, " " * 24, " " * 25,
    " " * 71, "x" + " " * 24 + "y", "\t" * 9, "\n" * 7, "(a|b), [c]; {d}", "x=y+z*2", "#include <stdio.h>", "</s>", "<s>", "<unk>", "<pad>", "<|endoftext|>", "a<|endoftext|>b",
    " <|endoftext|> x", "<|padding|>", "<|endoftext", "<0x0A>", "<0xE2>", "\u00e9", "e\u0301", "cafe\u0301", "\u0301", "a\u0327\u0301", "a\u0301\u0327", "\u212b\u00c5A\u030a", "\u1e9b\u0323", "\ufb01n", "\u0344",
    "\u1100\u1161\u11a8", "\uac01", "\ud55c\uad6d\uc5b4", "\u65e5\u672c\u8a9e", "\u4f60\u597d\uff0c\u4e16\u754c\u3002", "\u8c37\ufa0b", "\u0e20\u0e32\u0e29\u0e32", "\u0939\u093f\u0928\u094d\u0926\u0940", "\u0915\u093c\u0958", "\u0627\u0644\u0633\u0644\u0627\u0645",
    "\u05e9\u05c1\u05dc\u05d5\u05dd", "\u041f\u0440\u0438\u0432\u0435\u0442", "\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2", "\U0001f600", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f1e9\U0001f1ea", "\U0001f44d\U0001f3fd", "\u2764\ufe0f", "a\U0001f600b \U0001f600", "\U00010348", "\U0010ffff", "\u0378", "\ue000",
    "\u01c5\u02b0\u1fb3", "\u2581", "\u2581a", "a\u2581b", "\u2581\u2581", " \u2581 ", "\u0964\u06d4\u060c\u2026\u3002", "a.b,c!d?e", "(x", "x)", "|", "a |b", "Once upon a time, there was a little girl named Lily.", "worl", "worlx", "xworl", " worl ", "worl!",
    "thee", "a thee b", "thee\u0301", "<pad> x", "x <pad> y", "<padx>", "<pad", "  <pad>  ", "\u2026", "a\u2026", " \u2026 ", "own sym", "own symbol", "aab", "aa b", "\uff21\uff22\uff23", "\uff76\uff9e", "\u2460\u00b2", "\u00bd", "  x\ty  ",
    "<pad>  </s>x", "<s>  <pad> y", "x  </s>  <pad>", "a\n\n\n b", " \n \n x", "a \n\n\n\n", "\n\n  \n\ty", "a\n\n\n\nb",
]
BROKEN = [b"\xff", b"a\xffb", b"\x80", b"\xc3", b"\xc3(", b"\xe2\x96", b"\xe2\x96\x81\xe2", b"\xf0\x9f\x98", b"\xf0\x9f\x98\x80\x80", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf5\x80\x80\x80", b" \xff", b"\xff \xff",
          b"\xfe\xff\x00a", b"the \x99 end", bytes(range(128, 256)), b"\xcc\x81\xff\xcc\x81", b"e\xff\xcc\x81"]


def make_texts():
    texts = [t.encode() for t in HARD] + BROKEN
    r = random.Random(16)
    words = PLAIN.replace("\n", " \n").split(" ")
    for i in range(90):
        text = b""
        for _ in range(r.randint(1, 9)):
            kind = r.random()
            if kind < 0.5:
                text += (" " * r.choice([0, 1, 1, 1, 2]) + r.choice(words)).encode()
            elif kind < 0.9:
                text += r.choice(texts[1:])[:12]
            elif kind < 0.98:
                c = r.choice([r.randrange(0x80), r.randrange(0x800), r.randrange(0x10000), r.randrange(0x110000)])
                text += b"?" if 0xD800 <= c < 0xE000 else chr(c).encode()
            else:
                text += bytes(r.randrange(256) for _ in range(2))
        texts.append(text)
    texts += [line.encode() for line in PLAIN.split("\n")]
    return texts


def is_utf8(text):
    try:
        text.decode()
        return True
    except UnicodeDecodeError:
        return False


# ---------------------------------------------------------------- byte pairs, from the definition

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


def alphabet():
    own = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [b for b in range(256) if b not in own]
    return {**{b: chr(b) for b in own}, **{b: chr(256 + i) for i, b in enumerate(others)}}


class BytePairs:
    """A byte that is no UTF-8 is a lone surrogate on its way, which is no letter, number or space."""

    def __init__(self, vocab, merges, raw, normal=(), nfc=False):
        self.vocab, self.nfc = vocab, nfc
        self.rank = {tuple(m.split(" ")): i for i, m in enumerate(merges)}
        self.letter = alphabet()
        self.raw, self.normal = self.matcher(raw), self.matcher(normal)
        self.added = {**dict(raw), **dict(normal)}

    @staticmethod
    def matcher(added):
        contents = sorted((c for c, _ in added), key=len, reverse=True)
        return regex.compile("(" + "|".join(regex.escape(c) for c in contents) + ")") if contents else None

    def word(self, word):
        parts = [self.letter[b] for b in word.encode("utf-8", "surrogateescape")]
        while True:
            pairs = [(self.rank[p], i) for i, p in enumerate(zip(parts, parts[1:])) if p in self.rank]
            if not pairs:
                return [self.vocab[p] for p in parts]
            _, i = min(pairs)
            parts[i:i + 2] = [parts[i] + parts[i + 1]]

    def split(self, matcher, text):
        return [s for s in matcher.split(text) if s] if matcher else [text] if text else []

    def encode(self, text):
        ids = []
        for stretch in self.split(self.raw, text.decode("utf-8", "surrogateescape")):
            if stretch in self.added:
                ids.append(self.added[stretch])
                continue
            if self.nfc:
                stretch = unicodedata.normalize("NFC", stretch)
            for part in self.split(self.normal, stretch):
                if part in self.added:
                    ids.append(self.added[part])
                else:
                    for word in regex.findall(GPT2, part):
                        ids += self.word(word)
        return ids


# ---------------------------------------------------------------- llama2.c, from the definition


class Llama2c:
    def __init__(self, path):
        data = open(path, "rb").read()
        self.pieces, self.scores, at = [], [], 4
        while at < len(data):
            score, length = struct.unpack_from("<fi", data, at)
            self.pieces.append(data[at + 8:at + 8 + length])
            self.scores.append(score)
            at += 8 + length
        self.id = {}
        for i, piece in enumerate(self.pieces):
            self.id.setdefault(piece, i)

    def encode(self, text):
        if not text:
            return []
        ids, at = [self.id[b" "]], 0
        while at < len(text):
            end = at + 1
            while end < len(text) and end - at < 4 and text[end] & 0xC0 == 0x80:
                end += 1
            group = text[at:end]
            ids += [self.id[group]] if group in self.id else [b + 3 for b in group]
            at = end
        while True:
            best = None
            for i in range(len(ids) - 1):
                merged = self.id.get(self.pieces[ids[i]] + self.pieces[ids[i + 1]])
                if merged is not None and self.scores[merged] > (self.scores[best[1]] if best else -1e10):
                    best = (i, merged)
            if best is None:
                return ids
            ids[best[0]:best[0] + 2] = [best[1]]


def write_llama2c(path, model):
    """As llama2.c exports a SentencePiece model."""
    with open(path, "wb") as f:
        pieces = []
        for i in range(model.get_piece_size()):
            piece = model.id_to_piece(i)
            if i == model.bos_id():
                piece = "\n<s>\n"
            if i == model.eos_id():
                piece = "\n</s>\n"
            pieces.append((piece.replace(MARK, " ").encode(), model.get_score(i)))
        f.write(struct.pack("<I", max(len(p) for p, _ in pieces)))
        for piece, score in pieces:
            f.write(struct.pack("<fI", score, len(piece)) + piece)


# ---------------------------------------------------------------- small tokenizers

def byte_level(prefix=False, pattern=True):
    return {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": True, "use_regex": pattern}


def split(pattern, behavior="Isolated", invert=False):
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": behavior, "invert": invert}


def sequence(*steps):
    return {"type": "Sequence", "pretokenizers": list(steps)}


BLOOM = " ?[^(\\s|[.,!?\u2026\u3002\uff0c\u3001\u0964\u06d4\u060c])]+"
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
          r"|\s+(?!\S)|\s+")
QWEN2 = LLAMA3.replace("{1,3}", "")


def added(vocab, start):
    """Added tokens of every kind."""
    tokens = []
    for content, flags in [("<s>", {"rstrip": 1}), ("</s>", {"lstrip": 1}), ("worl", {"single_word": 1, "normalized": 1}), ("thee", {"single_word": 1}),
                           ("Hello", {"lstrip": 1, "rstrip": 1, "normalized": 1}), ("e\u0301", {"normalized": 1}), ("  ", {"normalized": 1}), ("   ", {}),
                           ("<pad>", {"lstrip": 1, "rstrip": 1}), ("\u2026", {"single_word": 1}), ("<pad", {}), ("<padx>", {})]:
        token = {"id": vocab.get(content, start), "special": content.startswith("<"), "content": content}
        start += content not in vocab
        for flag in ("single_word", "lstrip", "rstrip", "normalized"):
            token[flag] = bool(flags.get(flag))
        tokens.append(token)
    return tokens


def variants(vocab):
    meta = {"type": "Metaspace", "replacement": MARK, "split": True}
    return {
        "bytes": {},
        "prefix": {"pre_tokenizer": byte_level(prefix=True)},
        "whole": {"pre_tokenizer": byte_level(pattern=False)},
        "bloom": {"pre_tokenizer": sequence(split(BLOOM), byte_level(pattern=False))},
        "llama3": {"pre_tokenizer": sequence(split(LLAMA3), byte_level(pattern=False)), "model": {"ignore_merges": True}},
        "qwen2": {"pre_tokenizer": sequence(split(QWEN2, "Removed", True), byte_level(pattern=False)), "normalizer": {"type": "NFC"}},
        "digits": {"pre_tokenizer": sequence({"type": "Digits", "individual_digits": True}, byte_level())},
        "digit-runs": {"pre_tokenizer": sequence({"type": "Digits", "individual_digits": False}, byte_level())},
        "nfkd": {"normalizer": {"type": "Sequence", "normalizers": [{"type": "NFKD"}]}},
        "added": {"normalizer": {"type": "NFC"}, "pre_tokenizer": byte_level(prefix=True), "added_tokens": added(vocab, len(vocab))},
        "characters": {"of": "characters"},
        "metaspace-first": {"of": "characters", "normalizer": None, "pre_tokenizer": {**meta, "prepend_scheme": "first"}},
        "metaspace-always": {"of": "characters", "normalizer": None, "pre_tokenizer": {**meta, "prepend_scheme": "always", "split": False}},
        "metaspace-never": {"of": "characters", "normalizer": None, "pre_tokenizer": {**meta, "prepend_scheme": "never"}, "model": {"ignore_merges": True}},
        "unknown": {"of": "characters", "model": {"byte_fallback": False}},
        "unknown-apart": {"of": "characters", "model": {"byte_fallback": False, "fuse_unk": False}},
    }


def characters(model):
    """A SentencePiece model as LLaMA's tokenizer.json has it."""
    vocab = {model.id_to_piece(i): i for i in range(model.get_piece_size())}
    merges = []
    for piece, rank in vocab.items():
        for i in range(1, len(piece)):
            if piece[:i] in vocab and piece[i:] in vocab and not piece.startswith("<0x"):
                merges.append((rank, vocab[piece[:i]], vocab[piece[i:]], f"{piece[:i]} {piece[i:]}"))
    return {"version": "1.0", "truncation": None, "padding": None,
            "added_tokens": [{"id": i, "special": True, "content": c, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
                             for i, c in enumerate(["<unk>", "<s>", "</s>"])],
            "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": MARK}, {"type": "Replace", "pattern": {"String": " "}, "content": MARK}]},
            "pre_tokenizer": None,
            "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                               "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
                               "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}}},
            "decoder": {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": MARK}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
                                                         {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
            "model": {"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None, "end_of_word_suffix": None, "fuse_unk": True,
                      "byte_fallback": True, "vocab": vocab, "merges": [m[3] for m in sorted(merges)]}}


def train_pairs(text, size):
    """The commonest pair again and again, counted anew each time; ties by ids."""
    vocab = {c: i for i, c in enumerate(sorted(alphabet().values()))}
    words = [[alphabet()[b] for b in w.encode()] for w in regex.findall(GPT2, text)]
    merges = []
    while len(vocab) < size:
        count = {}
        for w in words:
            for pair in zip(w, w[1:]):
                count[pair] = count.get(pair, 0) + 1
        if not count:
            break
        (a, b), most = min(count.items(), key=lambda p: (-p[1], vocab[p[0][0]], vocab[p[0][1]]))
        if most < 2:
            break
        merges.append((a, b, most))
        vocab.setdefault(a + b, len(vocab))
        for w in words:
            i = 0
            while i + 1 < len(w):
                if (w[i], w[i + 1]) == (a, b):
                    w[i:i + 2] = [a + b]
                i += 1
    return vocab, merges


RULES = [("\uff21", "A"), ("\uff22", "B"), ("\ufb01", "fi"), ("\u00bd", "1/2"), ("\u3000", " "), ("\t", " "), ("\n", " "), ("\u200b", ""), ("\u0344", "\u0308\u0301"), ("\u00a0", " "), ("\u2026", "..."), ("\uff76", "ka"), ("\uff76\uff9e", "ga")]


def train_sentencepiece(folder):
    # In the folder, by bare names: a model remembers its trainer's options.
    with open(os.path.join(folder, "text"), "w") as f:
        f.write((PLAIN + "\n") * 20)
    with open(os.path.join(folder, "rules"), "w") as f:
        for a, b in RULES:
            f.write(" ".join("%X" % ord(c) for c in a) + "\t" + " ".join("%X" % ord(c) for c in b) + "\n")
    kinds = {
        "sp-plain": ["--normalization_rule_name=identity", "--byte_fallback=true", "--remove_extra_whitespaces=false", "--allow_whitespace_only_pieces=true", "--vocab_size=560"],
        "sp-rules": ["--normalization_rule_tsv=rules", "--user_defined_symbols=own sym,aab,aa,<pad>", "--control_symbols=<c1>", "--vocab_size=330"],
        "sp-suffix": ["--normalization_rule_name=identity", "--treat_whitespace_as_suffix=true", "--split_by_whitespace=false", "--vocab_size=300"],
        "sp-bare": ["--normalization_rule_name=identity", "--add_dummy_prefix=false", "--byte_fallback=true", "--vocab_size=560", "--split_by_whitespace=false"],
    }
    for name, options in kinds.items():
        subprocess.run(["spm_train", "--input=text", f"--model_prefix={name}", "--model_type=bpe", "--minloglevel=2", "--self_test_sample_size=0",
                        "--num_threads=1", "--input_format=text", *options], check=True, cwd=folder)
        shutil.copy(os.path.join(folder, f"{name}.model"), to)
        yield name


def run_node(folder, texts, *arguments):
    path = os.path.join(folder, "texts.json")
    with open(path, "w") as f:
        json.dump([t.decode() for t in texts], f)
    out = subprocess.run(["node", os.path.join(here, "codec.mjs"), *[path if a is None else a for a in arguments]], check=True, stdout=subprocess.PIPE)
    return json.loads(out.stdout)


def write_ids(name, ids):
    with open(f"{to}/{name}.ids", "w") as f:
        for line in ids:
            f.write(" ".join(map(str, line)) + "\n")


def dump(path, value, indent=None):
    with open(path, "w") as f:
        json.dump(value, f, ensure_ascii=False, indent=indent, separators=(",", ":") if indent is None else None)
        f.write("\n")


def main():
    data = sys.argv[1]
    texts = make_texts()
    good = [i for i, t in enumerate(texts) if is_utf8(t)]
    valid = [texts[i] for i in good]
    with open(f"{to}/texts.txt", "w") as f:
        for t in texts:
            f.write(t.hex() + "\n")
    with tempfile.TemporaryDirectory() as folder:

        def pairs(name, library, mine):
            """The library's ids; mine, which agree with them, for what it cannot be given."""
            ids = []
            for t in texts:
                try:
                    ids.append(mine.encode(t))
                except KeyError:  # a byte that the vocabulary lacks: refused
                    assert not is_utf8(t)
                    ids.append(["refused"])
            for i, want in zip(good, library):
                assert ids[i] == want, (name, texts[i], want, ids[i])
            write_ids(name, ids)

        def only_valid(name, library):
            ids = [["unknown"] for _ in texts]  # where the library cannot be given the text
            for i, want in zip(good, library):
                ids[i] = want
            write_ids(name, ids)

        for name, vocab, merges, special in [("gpt2", "vocab.json", "merges.txt", ["<|endoftext|>"]), ("opt", "gpt2-vocab.json", "gpt2-merges.txt", ["</s>", "<pad>"])]:
            vocab, merges = (f"{data}/tokenizers/{name}/{f}" for f in (vocab, merges))
            ids = json.load(open(vocab))
            mine = BytePairs(ids, open(merges).read().split("\n")[1:-1], [(s, ids[s]) for s in special])
            pairs(name, run_node(folder, valid, vocab, merges, None, *special), mine)
        path = f"{data}/tokenizers/gpt-neox/tokenizer.json"
        neox = json.load(open(path))
        tokens = [[(t["content"], t["id"]) for t in neox["added_tokens"] if t["normalized"] == n] for n in (False, True)]
        mine = BytePairs(neox["model"]["vocab"], neox["model"]["merges"], tokens[0], tokens[1], nfc=True)
        pairs("gpt-neox", run_node(folder, valid, path, None), mine)

        model = sentencepiece.SentencePieceProcessor(model_file=f"{data}/tokenizers/mistral-v1/tokenizer.model")
        write_ids("mistral-v1", [model.encode(t) for t in texts])
        tok512 = Llama2c(f"{data}/stories260K/tok512.bin")
        write_ids("tok512", [tok512.encode(t) for t in texts])

        models = {}
        for name in train_sentencepiece(folder):
            models[name] = sentencepiece.SentencePieceProcessor(model_file=f"{to}/{name}.model")
            write_ids(name, [models[name].encode(t) for t in texts])
        write_llama2c(f"{to}/small.bin", models["sp-plain"])
        small = Llama2c(f"{to}/small.bin")
        write_ids("small", [small.encode(t) for t in texts])

        vocab, merges = train_pairs(TRAINING, 540)
        base = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None, "pre_tokenizer": byte_level(), "post_processor": byte_level(),
                "decoder": byte_level(), "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "", "end_of_word_suffix": "", "fuse_unk": False,
                                                   "byte_fallback": False, "vocab": vocab, "merges": [f"{a} {b}" for a, b, _ in merges]}}
        dump(f"{to}/base.json", base)
        with open(f"{to}/trained.txt", "w") as f:
            f.writelines(f"{a} {b} {n}\n" for a, b, n in merges)
        with open(f"{to}/training.txt", "w") as f:
            f.write(TRAINING)
        bases = {"base": base, "characters": characters(models["sp-plain"])}
        dump(f"{to}/characters.json", bases["characters"])
        all_variants = variants(vocab)
        dump(f"{to}/variants.json", all_variants, 1)
        for name, change in all_variants.items():
            whole = copy.deepcopy(bases[change.get("of", "base")])
            for key, value in change.items():
                if key == "model":
                    whole["model"].update(value)
                elif key != "of":
                    whole[key] = value
            path = os.path.join(folder, "tokenizer.json")
            dump(path, whole)
            library = run_node(folder, valid, path, None)
            if name == "bytes":
                pairs(name, library, BytePairs(vocab, [f"{a} {b}" for a, b, _ in merges], []))
            else:
                only_valid(name, library)


main()
