import Synchronization

/// Says when memory that readers may still be looking at is used for something else: readers take no lock and leave no
/// trace, so nothing waits for them; they find out instead.
///
/// 1. Whatever was let go in a generation is used again only in a later one.
/// 2. A reader that saw the same generation before its first load and after its last one met nothing that was used
///    again meanwhile.
final class Generations: Sendable {
    /// Things let go until the next generation begins: a beginning seldom comes while a reader reads, and little lies
    /// idle.
    private static let letGoMax = 4096
    /// A mark is one of these in turns, from 1.
    private static let marks: UInt64 = 7

    private let number = Atomic<UInt64>(0)
    private let letGoCount = Atomic<Int>(0)

    /// Stands for this generation and each seventh one before it; never 0. For the writer.
    @inline(__always) var mark: UInt8 { UInt8(truncatingIfNeeded: number.load(ordering: .relaxed) % Self.marks) + 1 }

    /// The generation at work. For the writer.
    var current: UInt64 { number.load(ordering: .relaxed) }

    /// Counts something that is let go; called before the generation is asked for.
    @inline(__always) func letGo() {
        let count = letGoCount.load(ordering: .relaxed) + 1
        letGoCount.store(count, ordering: .relaxed)
        if count >= Self.letGoMax { begin() }
    }

    /// From here on what was let go so far may be used again.
    func begin() {
        letGoCount.store(0, ordering: .relaxed)
        number.store(current + 1, ordering: .releasing)
        atomicMemoryFence(ordering: .releasing)
    }

    /// The generation in which a reader begins.
    @inline(__always) var atStart: UInt64 { number.load(ordering: .acquiring) }

    /// It is still the one in which a reader began, whose loads are all done.
    @inline(__always) func isStill(_ start: UInt64) -> Bool {
        atomicMemoryFence(ordering: .acquiring)
        return number.load(ordering: .relaxed) == start
    }
}
