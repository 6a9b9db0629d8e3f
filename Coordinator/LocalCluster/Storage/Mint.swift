package import KubernetesAPI

/// What a transaction takes from the outside world: the time, new UIDs and the endings of generated names.
package struct Mint: Sendable {
    package var now: Timestamp
    private var random: any RandomNumberGenerator & Sendable

    package init(now: Timestamp, random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()) {
        self.now = now
        self.random = random
    }

    /// A random UID (RFC 9562, version 4).
    package mutating func uid() -> String {
        let digits = Array("0123456789abcdef")
        var text = ""
        for index in 0..<32 {
            if [8, 12, 16, 20].contains(index) { text.append("-") }
            let nibble = Int(random.next() & 15)
            text.append(index == 12 ? "4" : digits[index == 16 ? nibble & 3 | 8 : nibble])
        }
        return text
    }

    /// The five letters after `generateName`; no vowels, so no words.
    package mutating func nameSuffix() -> String {
        let letters = Array("bcdfghjklmnpqrstvwxz2456789")
        var text = ""
        for _ in 0..<5 { text.append(letters[Int(random.next(upperBound: UInt(letters.count)))]) }
        return text
    }
}
