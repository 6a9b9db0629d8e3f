import KVBlocks

/// Every distinct set of holders ("rank r in tier t"), kept once and counted: blocks of one prompt share their set.
///
/// 1. A set in use has at least one member; set 0 is the empty one and is never stored.
/// 2. Two sets in use differ in at least one member.
/// 3. At most `setsMax` sets are in use.
struct HolderSets: Sendable {
    typealias ID = UInt32

    /// One bit of a set.
    struct Member: Equatable {
        var rank: Int
        var tier: Int
    }

    static let empty: ID = 0

    /// 64-bit words of one tier's ranks, and tiers that have a place; both grow when a member needs it.
    private(set) var wordsPerTier = 1
    private(set) var tierCount = 1
    /// Bits of all sets, `stride` words each: tier by tier, the ranks from bit 0.
    private(set) var words: [UInt64]
    private var hashes: [UInt64]
    private var uses: [UInt32]
    private var unused: [ID] = []
    /// Open addressing from the hash of a set to its identity; 0 is a free place. At most half full.
    private var places: [ID]
    private var countInUse = 0
    private let bytesMax: Int
    private var memo: Transition?

    /// The last change looked up: an event mostly makes the same one many times over.
    private struct Transition {
        var from: ID
        var member: Member
        var to: ID
    }

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
        words = [0]
        hashes = [0]
        uses = [0]
        places = Array(repeating: 0, count: 16)
    }

    var stride: Int { wordsPerTier * tierCount }

    /// Half of what the budget holds, because growing an array keeps the old and the new one for a moment.
    private var setsMax: Int { bytesMax / 2 / (stride * 8 + 8 + 4 + 4 + 16) }

    var byteCount: Int {
        words.capacity * 8 + hashes.capacity * 8 + (uses.capacity + unused.capacity + places.capacity) * 4
    }

    var count: Int { countInUse }

    func contains(_ member: Member, in set: ID) -> Bool {
        guard member.tier < tierCount, member.rank < wordsPerTier * 64 else { return false }
        return words[offset(set, member)] & bit(member) != 0
    }

    /// The set of `set` and `member`; nil when there is no room for another set. The caller retains what it keeps.
    mutating func adding(_ member: Member, to set: ID) -> ID? {
        makeRoom(for: member)
        return contains(member, in: set) ? set : toggling(member, in: set)
    }

    /// The set of `set` without `member`; nil when there is no room for another set.
    mutating func removing(_ member: Member, from set: ID) -> ID? {
        contains(member, in: set) ? toggling(member, in: set) : set
    }

    /// Numbers below this have been given out.
    var numbersEnd: ID { ID(uses.count) }

    func isInUse(_ set: ID) -> Bool { uses[Int(set)] > 0 }

    mutating func retain(_ set: ID) {
        if set != Self.empty { uses[Int(set)] += 1 }
    }

    mutating func release(_ set: ID) {
        guard set != Self.empty else { return }
        uses[Int(set)] -= 1
        if uses[Int(set)] == 0 { discard(set) }
    }

    /// Gives a set back that was looked up and not retained.
    mutating func dropIfUnused(_ set: ID) {
        if set != Self.empty, uses[Int(set)] == 0 { discard(set) }
    }

    func memberCount(_ set: ID) -> Int {
        let start = Int(set) * stride
        return words[start..<(start + stride)].reduce(0) { $0 + $1.nonzeroBitCount }
    }

    private mutating func toggling(_ member: Member, in set: ID) -> ID? {
        if let memo, memo.from == set, memo.member == member { return memo.to }
        let hash = hashes[Int(set)] ^ Self.hash(of: member)
        let found: ID?
        if let known = find(hash, like: set, but: member) {
            found = known
        } else {
            found = insert(hash, like: set, but: member)
        }
        guard let result = found else { return nil }
        memo = Transition(from: set, member: member, to: result)
        return result
    }

    private func find(_ hash: UInt64, like set: ID, but member: Member) -> ID? {
        if hash == 0, isEmpty(set, but: member) { return Self.empty }
        var place = Int(truncatingIfNeeded: hash) & (places.count - 1)
        while places[place] != 0 {
            let candidate = places[place]
            if hashes[Int(candidate)] == hash, equals(candidate, set, but: member) { return candidate }
            place = (place + 1) & (places.count - 1)
        }
        return nil
    }

    private mutating func insert(_ hash: UInt64, like set: ID, but member: Member) -> ID? {
        guard countInUse < setsMax else { return nil }
        if (countInUse + 1) * 2 > places.count { rehash(places.count * 2) }
        let id: ID
        let from = Int(set) * stride
        if let reused = unused.popLast() {
            id = reused
            for word in 0..<stride { words[Int(id) * stride + word] = words[from + word] }
            hashes[Int(id)] = hash
        } else {
            id = ID(hashes.count)
            for word in 0..<stride { words.append(words[from + word]) }
            hashes.append(hash)
            uses.append(0)
        }
        words[offset(id, member)] ^= bit(member)
        place(id)
        countInUse += 1
        return id
    }

    private mutating func discard(_ set: ID) {
        if let known = memo, known.from == set || known.to == set { memo = nil }
        removePlace(of: set)
        unused.append(set)
        countInUse -= 1
    }
}

/// The table of places and the layout of the bits.
extension HolderSets {
    private func offset(_ set: ID, _ member: Member) -> Int {
        Int(set) * stride + member.tier * wordsPerTier + member.rank >> 6
    }

    private func bit(_ member: Member) -> UInt64 { 1 << UInt64(member.rank & 63) }

    /// Set hashes are the exclusive or of these, so adding and removing are one operation.
    private static func hash(of member: Member) -> UInt64 {
        var value = UInt64(member.rank * 4 + member.tier + 1) &* 0x9E37_79B9_7F4A_7C15
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    private func equals(_ candidate: ID, _ set: ID, but member: Member) -> Bool {
        let left = Int(candidate) * stride
        let right = Int(set) * stride
        let flipped = member.tier * wordsPerTier + member.rank >> 6
        for word in 0..<stride {
            let expected = words[right + word] ^ (word == flipped ? bit(member) : 0)
            if words[left + word] != expected { return false }
        }
        return true
    }

    private func isEmpty(_ set: ID, but member: Member) -> Bool {
        memberCount(set) == 1 && contains(member, in: set)
    }

    private mutating func place(_ id: ID) {
        var place = Int(truncatingIfNeeded: hashes[Int(id)]) & (places.count - 1)
        while places[place] != 0 { place = (place + 1) & (places.count - 1) }
        places[place] = id
    }

    private mutating func rehash(_ size: Int) {
        let old = places
        places = Array(repeating: 0, count: size)
        for id in old where id != 0 { place(id) }
    }

    /// Takes a set out of the table and moves later ones of its run back, so that no probe meets a false end.
    private mutating func removePlace(of id: ID) {
        let mask = places.count - 1
        var hole = Int(truncatingIfNeeded: hashes[Int(id)]) & mask
        while places[hole] != id { hole = (hole + 1) & mask }
        var next = (hole + 1) & mask
        while places[next] != 0 {
            let home = Int(truncatingIfNeeded: hashes[Int(places[next])]) & mask
            if (next &- home) & mask >= (next &- hole) & mask {
                places[hole] = places[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        places[hole] = 0
    }

    /// Widens every set when a rank or a tier has no bit yet.
    private mutating func makeRoom(for member: Member) {
        let tiers = member.tier < tierCount ? tierCount : KVTier.allCases.count
        var wide = wordsPerTier
        while member.rank >= wide * 64 { wide *= 2 }
        guard tiers != tierCount || wide != wordsPerTier else { return }
        var widened = Array(repeating: UInt64(0), count: hashes.count * tiers * wide)
        for set in 0..<hashes.count {
            for tier in 0..<tierCount {
                for word in 0..<wordsPerTier {
                    widened[set * tiers * wide + tier * wide + word] =
                        words[set * stride + tier * wordsPerTier + word]
                }
            }
        }
        words = widened
        tierCount = tiers
        wordsPerTier = wide
    }
}
