/// The loopback addresses that pods get, one each.
///
/// 1. No two pods hold the same address.
/// 2. A released address comes round again only after the others, so that a late client of a gone pod meets nobody.
package struct AddressPool: Sendable {
    /// All of 127.64.0.0/10: no other program listens there by itself.
    package static let standard = "127.64.0.0/10"

    private let base: UInt32
    private let count: UInt32
    private var next: UInt32
    private var leased: Set<UInt32> = []

    /// Nil unless `block` is an IPv4 block such as `127.64.0.0/10` with room for at least two addresses. `seed` says
    /// where to begin, so that two agents of one machine seldom hand out the same.
    package init?(_ block: String, seed: String = "") {
        let parts = block.split(separator: "/")
        guard parts.count == 2, let address = AddressPool.number(String(parts[0])), let bits = UInt32(parts[1]),
            (1...30).contains(bits)
        else { return nil }
        base = address & (UInt32.max << (32 - bits))
        count = 1 << (32 - bits)
        var hash: UInt32 = 2_166_136_261  // FNV-1a
        for byte in seed.utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        next = seed.isEmpty ? 1 : hash % count
    }

    /// A free address; nil when all are taken. The first and the last of the block are never given.
    package mutating func lease() -> String? {
        for _ in 0..<count {
            let offset = next
            next = (next + 1) % count
            if offset == 0 || offset == count - 1 || leased.contains(offset) { continue }
            leased.insert(offset)
            return AddressPool.text(base + offset)
        }
        return nil
    }

    /// Takes an address that a pod already has; false when it lies outside the block or is taken.
    package mutating func claim(_ address: String) -> Bool {
        guard let number = AddressPool.number(address), number >= base, number - base < count else { return false }
        return leased.insert(number - base).inserted
    }

    package mutating func release(_ address: String) {
        guard let number = AddressPool.number(address), number >= base else { return }
        leased.remove(number - base)
    }

    private static func number(_ text: String) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard parts.count == 4, !parts.contains(nil) else { return nil }
        return parts.reduce(0) { $0 << 8 | UInt32($1 ?? 0) }
    }

    private static func text(_ number: UInt32) -> String {
        [24, 16, 8, 0].map { String(number >> $0 & 0xFF) }.joined(separator: ".")
    }
}
