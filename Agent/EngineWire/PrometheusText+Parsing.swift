extension PrometheusText {
    /// Reads a page of the Prometheus text format; a faulty line costs only itself. Nil when it exceeds `bytesMax`.
    package static func parse(_ bytes: [UInt8]) -> PrometheusText? {
        guard bytes.count <= bytesMax else { return nil }
        var page = PrometheusText()
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            var reader = LineReader(line)
            reader.skipSpace()
            guard let first = reader.next else { continue }
            if first == UInt8(ascii: "#") {
                page.readComment(&reader)
            } else if let sample = reader.sample() {
                page.add(sample)
            } else {
                page.countMalformed()
            }
        }
        return page
    }

    private mutating func readComment(_ reader: inout LineReader) {
        reader.advance()
        let keyword = reader.word()
        let name = reader.word()
        guard !name.isEmpty else { return }
        switch keyword {
        case "TYPE": describe(name, type: reader.word())
        case "HELP": describe(name, help: reader.rest())
        default: break
        }
    }
}

/// Walks over one line.
private struct LineReader {
    let line: ArraySlice<UInt8>
    var position: Int

    init(_ line: ArraySlice<UInt8>) {
        self.line = line
        position = line.startIndex
    }

    var next: UInt8? { position < line.endIndex ? line[position] : nil }

    mutating func advance() { position += 1 }

    mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0D { position += 1 }
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func text(while isIncluded: (UInt8) -> Bool) -> String {
        let start = position
        while let byte = next, isIncluded(byte) { position += 1 }
        return String(decoding: line[start..<position], as: UTF8.self)
    }

    mutating func word() -> String {
        skipSpace()
        return text { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }
    }

    mutating func rest() -> String {
        skipSpace()
        return text { _ in true }
    }

    private mutating func name() -> String {
        skipSpace()
        return text { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: ":"):
                true
            default: false
            }
        }
    }

    mutating func sample() -> PrometheusText.Sample? {
        let name = name()
        guard !name.isEmpty else { return nil }
        var labels: [String: String] = [:]
        skipSpace()
        if take(UInt8(ascii: "{")) {
            guard let read = self.labels() else { return nil }
            labels = read
        }
        guard let value = Self.number(word()) else { return nil }
        return PrometheusText.Sample(name: name, labels: labels, value: value)
    }

    private mutating func labels() -> [String: String]? {
        var labels: [String: String] = [:]
        while true {
            skipSpace()
            if take(UInt8(ascii: "}")) { return labels }
            let key = name()
            skipSpace()
            guard !key.isEmpty, take(UInt8(ascii: "=")) else { return nil }
            skipSpace()
            guard take(UInt8(ascii: "\"")), let value = quoted() else { return nil }
            labels[key] = value
            skipSpace()
            if !take(UInt8(ascii: ",")), next != UInt8(ascii: "}") { return nil }
        }
    }

    /// The text up to the closing quote, with `\\`, `\"` and `\n` resolved; nil when the line ends first.
    private mutating func quoted() -> String? {
        var text: [UInt8] = []
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let escaped = next else { return nil }
                position += 1
                text.append(escaped == UInt8(ascii: "n") ? UInt8(ascii: "\n") : escaped)
            default: text.append(byte)
            }
        }
        return nil
    }

    private static func number(_ word: String) -> Double? {
        switch word {
        case "+Inf": .infinity
        case "-Inf": -.infinity
        case "NaN": .nan
        default: word.isEmpty ? nil : Double(word)
        }
    }
}
