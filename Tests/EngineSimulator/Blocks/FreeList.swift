/// The blocks nobody uses, in the order they will be taken: a doubly linked list in two arrays.
struct FreeList {
    private static let none = -1

    private var next: [Int]
    private var previous: [Int]
    private var head = none
    private var tail = none
    private var listed: [Bool]
    private(set) var count = 0

    /// `capacity` block numbers from 0; none of them listed.
    init(capacity: Int) {
        next = [Int](repeating: Self.none, count: capacity)
        previous = next
        listed = [Bool](repeating: false, count: capacity)
    }

    mutating func append(_ block: Int) {
        precondition(!listed[block], "a free block is listed once")
        listed[block] = true
        count += 1
        previous[block] = tail
        next[block] = Self.none
        if tail == Self.none { head = block } else { next[tail] = block }
        tail = block
    }

    mutating func prepend(_ block: Int) {
        precondition(!listed[block], "a free block is listed once")
        listed[block] = true
        count += 1
        next[block] = head
        previous[block] = Self.none
        if head == Self.none { tail = block } else { previous[head] = block }
        head = block
    }

    mutating func remove(_ block: Int) {
        precondition(listed[block], "only a free block is taken")
        listed[block] = false
        count -= 1
        let (before, after) = (previous[block], next[block])
        if before == Self.none { head = after } else { next[before] = after }
        if after == Self.none { tail = before } else { previous[after] = before }
    }

    /// Takes the first block.
    mutating func popFirst() -> Int? {
        guard head != Self.none else { return nil }
        let block = head
        remove(block)
        return block
    }
}
