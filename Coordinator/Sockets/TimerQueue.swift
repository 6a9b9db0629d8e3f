import HeapModule
import NIOCore

/// What is to run later on a loop, earliest first.
///
/// 1. A timer fires once at most, and never before its time.
/// 2. Timers that were cancelled make up at most half of the queue, or `cancelledMax`.
struct TimerQueue {
    static let cancelledMax = 64
    /// The longest sleep, nanoseconds; a loop without timers wakes up that rarely.
    static let sleepMax: Int64 = 60_000_000_000

    /// One task with its time. It is only touched on its loop.
    final class Timer: Comparable, @unchecked Sendable {
        let deadline: NIODeadline
        private var task: ((Bool) -> Void)?

        /// `task` gets true when it is due, false when it never will be.
        init(_ deadline: NIODeadline, _ task: @escaping (Bool) -> Void) {
            self.deadline = deadline
            self.task = task
        }

        var isPending: Bool { task != nil }

        func fire(isDue: Bool) {
            let task = self.task
            self.task = nil
            task?(isDue)
        }

        func forget() { task = nil }

        static func < (left: Timer, right: Timer) -> Bool { left.deadline < right.deadline }
        static func == (left: Timer, right: Timer) -> Bool { left === right }
    }

    private var heap = Heap<Timer>()
    private var cancelled = 0

    mutating func add(_ timer: Timer) { heap.insert(timer) }

    mutating func cancel(_ timer: Timer) {
        guard timer.isPending else { return }
        timer.forget()
        cancelled += 1
        guard cancelled > Self.cancelledMax, cancelled > heap.count / 2 else { return }
        heap = Heap(heap.unordered.filter(\.isPending))
        cancelled = 0
    }

    /// The earliest timer whose time has come, taken out; nil when there is none.
    mutating func popDue(_ now: NIODeadline) -> Timer? {
        while let first = heap.min, first.deadline <= now || !first.isPending {
            heap.removeMin()
            if first.isPending { return first }
            cancelled -= 1
        }
        return nil
    }

    /// Nanoseconds until the next timer.
    func nanoseconds(from now: NIODeadline) -> Int64 {
        guard let next = heap.min?.deadline else { return Self.sleepMax }
        return min(Self.sleepMax, max(0, (next - now).nanoseconds))
    }

    mutating func takeAll() -> [Timer] {
        defer {
            heap = Heap()
            cancelled = 0
        }
        return heap.unordered
    }
}
