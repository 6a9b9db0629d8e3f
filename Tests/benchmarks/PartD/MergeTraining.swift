import JSONValues

/// Trains byte-pair merges on a text and writes them as the `tokenizer.json` of a Llama 3 model, for both sides of a
/// comparison to read.
struct MergeTraining {
    /// Two symbols side by side.
    private struct Pair: Hashable {
        var left: UInt32
        var right: UInt32
    }

    private static let pattern =
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"#
        + #"|\s*[\r\n]+|\s+(?!\S)|\s+"#
    private static let added = ["<|begin_of_text|>", "<|im_start|>", "<|im_end|>", "<|tool_call|>"]

    /// Symbols of each word of the text, and how often it stands there.
    private var words: [(symbols: [UInt32], count: Int)] = []
    private var counts: [Pair: Int] = [:]
    /// Words that a pair was seen in.
    private var places: [Pair: [Int]] = [:]
    private var texts: [[UInt8]] = (UInt8.min...UInt8.max).map { [$0] }
    private var merges: [Pair] = []

    /// The bytes of a tokenizer's file with so many tokens, bytes and added ones included.
    static func file(_ text: [UInt8], tokens: Int) -> [UInt8] {
        var training = MergeTraining(text)
        training.run(until: tokens - added.count)
        return training.json.bytes()
    }

    private init(_ text: [UInt8]) {
        for (word, count) in Self.words(of: text) { words.append((word.map { UInt32($0) }, count)) }
        for index in words.indices { count(index, words[index].count) }
    }

    /// Runs of letters, each with one space before it; runs of anything else.
    private static func words(of text: [UInt8]) -> [ArraySlice<UInt8>: Int] {
        var counts: [ArraySlice<UInt8>: Int] = [:]
        var start = 0
        for at in text.indices.dropFirst() {
            let (before, here) = (isLetter(text[at - 1]), isLetter(text[at]))
            let isSpaceBefore = text[at - 1] == 0x20 && here
            if isSpaceBefore || before == here, !(text[at] == 0x20 && at + 1 < text.count && isLetter(text[at + 1])) {
                continue
            }
            counts[text[start..<at], default: 0] += 1
            start = at
        }
        return counts
    }

    private static func isLetter(_ byte: UInt8) -> Bool { byte >= 0x80 || (0x61...0x7A).contains(byte | 0x20) }

    /// Adds the pairs of a word as often as `count` says.
    private mutating func count(_ word: Int, _ count: Int) {
        let symbols = words[word].symbols
        for (left, right) in zip(symbols, symbols.dropFirst()) {
            let pair = Pair(left: left, right: right)
            counts[pair, default: 0] += count
            if count > 0 { places[pair, default: []].append(word) }
        }
    }

    private mutating func run(until tokens: Int) {
        // The most frequent pairs are merged a few at a time, all that stand out: order among them matters to nobody.
        while texts.count < tokens, let most = counts.values.max(), most > 1 {
            let ranked = counts.filter { $0.value * 10 >= most * 9 }.sorted {
                ($0.value, $1.key.left, $1.key.right) > ($1.value, $0.key.left, $0.key.right)
            }
            for (pair, count) in ranked.prefix(tokens - texts.count) where counts[pair] == count { merge(pair) }
        }
    }

    private mutating func merge(_ pair: Pair) {
        let id = UInt32(texts.count)
        texts.append(texts[Int(pair.left)] + texts[Int(pair.right)])
        merges.append(pair)
        for word in Set(places[pair] ?? []) {
            count(word, -words[word].count)
            var symbols: [UInt32] = []
            for symbol in words[word].symbols {
                if symbol == pair.right, symbols.last == pair.left {
                    symbols[symbols.count - 1] = id
                } else {
                    symbols.append(symbol)
                }
            }
            words[word].symbols = symbols
            count(word, words[word].count)
        }
        counts[pair] = nil
        places[pair] = nil
    }
}

extension MergeTraining {
    private var json: JSONValue {
        var vocabulary = JSONObject()
        for (id, text) in texts.enumerated() { vocabulary[Self.spelt(text)] = .integer(Int64(id)) }
        let pairs = merges.map { pair -> JSONValue in
            [.string(Self.spelt(texts[Int(pair.left)])), .string(Self.spelt(texts[Int(pair.right)]))]
        }
        let added = Self.added.enumerated().map { offset, text -> JSONValue in
            [
                "id": .integer(Int64(texts.count + offset)), "content": .string(text), "single_word": false,
                "lstrip": false, "rstrip": false, "normalized": false, "special": true,
            ]
        }
        let split: JSONValue = [
            "type": "Split", "pattern": ["Regex": .string(Self.pattern)], "behavior": "Isolated", "invert": false,
        ]
        let bytes: JSONValue = [
            "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false,
        ]
        return [
            "version": "1.0", "truncation": .null, "padding": .null, "added_tokens": .array(added),
            "normalizer": .null, "pre_tokenizer": ["type": "Sequence", "pretokenizers": [split, bytes]],
            "post_processor": .null, "decoder": .null,
            "model": [
                "type": "BPE", "dropout": .null, "unk_token": .null, "continuing_subword_prefix": .null,
                "end_of_word_suffix": .null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
                "vocab": .object(vocabulary), "merges": .array(pairs),
            ],
        ]
    }

    /// In the alphabet of byte-level vocabularies.
    private static func spelt(_ text: [UInt8]) -> String {
        var spelt = ""
        for byte in text { spelt.unicodeScalars.append(alphabet[Int(byte)]) }
        return spelt
    }

    private static let alphabet: [Unicode.Scalar] = {
        var next: UInt32 = 0x100
        return (UInt8.min...UInt8.max).map { byte in
            if (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || byte >= 0xAE {
                return Unicode.Scalar(byte)
            }
            defer { next += 1 }
            return Unicode.Scalar(next) ?? " "
        }
    }()
}
