import KVBlocks

/// Every distinct set of holders ("rank r in tier t"), kept once and counted: blocks of one prompt share their set.
///
/// 1. A set in use has at least one member; set 0 is the empty one and is never stored.
/// 2. Two sets in use differ in at least one member.
/// 3. At most `setsMax` sets are in use.
/// 4. A number that was let go is given out again in a later generation only.
struct HolderSets {
    typealias ID = UInt32

    /// One bit of a set.
    struct Member: Equatable {
        var rank: Int
        var tier: Int
    }

    static let empty: ID = 0

    /// Bits of all sets, wider when a member needs it.
    private let words: SetWords
    private(set) var view: SetWords.View
    private let generations: Generations
    private var hashes: [UInt64]
    private var uses: [UInt32]
    private var unused: [ID] = []
    /// Numbers let go in the generation `restingSince`.
    private var resting: [ID] = []
    private var restingSince: UInt64 = 0
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

    init(bytesMax: Int, _ words: SetWords, _ generations: Generations) {
        self.bytesMax = bytesMax
        self.words = words
        self.generations = generations
        view = words.view
        hashes = [0]
        uses = [0]
        places = Array(repeating: 0, count: 16)
    }

    /// Half of what the budget holds, because growing an array keeps the old and the new one for a moment.
    static func setsMax(bytesMax: Int, stride: Int) -> Int { bytesMax / 2 / (stride * 8 + 8 + 4 + 4 + 4 + 16) }

    private var setsMax: Int { Self.setsMax(bytesMax: bytesMax, stride: view.stride) }

    @inline(__always) var byteCount: Int {
        hashes.count * view.stride * 8 + hashes.capacity * 8
            + (uses.capacity + unused.capacity + resting.capacity + places.capacity) * 4
    }

    var count: Int { countInUse }

    func contains(_ member: Member, in set: ID) -> Bool {
        guard member.tier < view.tierCount, member.rank < view.wordsPerTier * 64 else { return false }
        return view[set, word(of: member)] & bit(member) != 0
    }

    /// The set of `set` and `member`; nil when there is no room for another set. The caller retains what it keeps.
    mutating func adding(_ member: Member, to set: ID) -> ID? {
        guard makeRoom(for: member) else { return nil }
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
        (0..<view.stride).reduce(0) { $0 + view[set, $1].nonzeroBitCount }
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
        guard countInUse < setsMax, let id = unusedNumber() else { return nil }
        if (countInUse + 1) * 2 > places.count { rehash(places.count * 2) }
        for word in 0..<view.stride { view[id, word] = view[set, word] }
        view[id, word(of: member)] ^= bit(member)
        hashes[Int(id)] = hash
        place(id)
        countInUse += 1
        return id
    }

    /// One that nobody looks at any more, else a new one.
    private mutating func unusedNumber() -> ID? {
        wakeResting()
        if let number = unused.popLast() { return number }
        if hashes.count < setsMax {
            hashes.append(0)
            uses.append(0)
            return ID(hashes.count - 1)
        }
        generations.begin()
        wakeResting()
        return unused.popLast()
    }

    private mutating func wakeResting() {
        guard restingSince != generations.current else { return }
        unused += resting
        resting.removeAll(keepingCapacity: true)
        restingSince = generations.current
    }

    private mutating func discard(_ set: ID) {
        if let known = memo, known.from == set || known.to == set { memo = nil }
        removePlace(of: set)
        generations.letGo()
        wakeResting()
        resting.append(set)
        countInUse -= 1
    }
}

/// The table of places and the layout of the bits.
extension HolderSets {
    private func word(of member: Member) -> Int { member.tier * view.wordsPerTier + member.rank >> 6 }

    private func bit(_ member: Member) -> UInt64 { 1 << UInt64(member.rank & 63) }

    /// Set hashes are the exclusive or of these, so adding and removing are one operation.
    private static func hash(of member: Member) -> UInt64 {
        var value = UInt64(member.rank * 4 + member.tier + 1) &* 0x9E37_79B9_7F4A_7C15
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    private func equals(_ candidate: ID, _ set: ID, but member: Member) -> Bool {
        let flipped = word(of: member)
        for word in 0..<view.stride {
            let expected = view[set, word] ^ (word == flipped ? bit(member) : 0)
            if view[candidate, word] != expected { return false }
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

    /// Widens every set when a rank or a tier has no bit yet; false where there is no room for that.
    private mutating func makeRoom(for member: Member) -> Bool {
        let old = view
        let tiers = member.tier < old.tierCount ? old.tierCount : KVTier.allCases.count
        var wide = old.wordsPerTier
        while member.rank >= wide * 64 { wide *= 2 }
        guard tiers != old.tierCount || wide != old.wordsPerTier else { return true }
        let room = max(hashes.count, Self.setsMax(bytesMax: bytesMax, stride: tiers * wide))
        let isOpen = words.open(sets: room, wordsPerTier: wide, tierCount: tiers) { widened in
            for set in 0..<ID(hashes.count) {
                for tier in 0..<old.tierCount {
                    for word in 0..<old.wordsPerTier {
                        widened[set, tier * wide + word] = old[set, tier * old.wordsPerTier + word]
                    }
                }
            }
        }
        guard isOpen else { return false }
        view = words.view
        generations.begin()
        words.clearLast()
        return true
    }
}
