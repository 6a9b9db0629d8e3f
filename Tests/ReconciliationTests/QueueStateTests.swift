@testable import Reconciliation
import Testing

@Suite struct QueueStateTests {
    private let now = ContinuousClock.now

    private func take(_ state: inout QueueState<String>) -> String? { state.take(at: now)?.key }

    @Test func `a key waits once and keys come in order`() {
        var state = QueueState<String>(keysMax: 10)
        #expect(state.add("a", at: now) == .added)
        #expect(state.add("b", at: now) == .added)
        #expect(state.add("a", at: now) == .known)
        #expect(state.depth == 2)
        let taken = [take(&state), take(&state), take(&state)]
        #expect(taken == ["a", "b", nil])
    }

    @Test func `a key added while in work is handed out once more, after it`() {
        var state = QueueState<String>(keysMax: 10)
        _ = state.add("a", at: now)
        #expect(take(&state) == "a")
        #expect(state.add("a", at: now) == .added)
        #expect(state.add("a", at: now) == .known)
        #expect(take(&state) == nil)
        state.finish("a", at: now)
        #expect(take(&state) == "a")
        state.finish("a", at: now)
        #expect(take(&state) == nil)
    }

    @Test func `the time in the queue is told`() {
        var state = QueueState<String>(keysMax: 10)
        _ = state.add("a", at: now)
        let waited = state.take(at: now + .seconds(3))?.waited
        #expect(waited == .seconds(3))
    }

    @Test(arguments: [(9, QueueState<Int>.Addition.added), (10, .refused), (11, .refused)])
    func `the number of keys is bounded`(waiting: Int, expected: QueueState<Int>.Addition) {
        var state = QueueState<Int>(keysMax: 10)
        for key in 0..<waiting { _ = state.add(key, at: now) }
        #expect(state.add(1000, at: now) == expected)
        #expect(state.depth == 10)
        #expect(state.add(0, at: now) == .known)
    }

    @Test func `the shortest delay counts`() {
        var state = QueueState<String>(keysMax: 10)
        let late = now + .seconds(9)
        let soon = now + .seconds(1)
        #expect(state.delay("a", until: late) == true)
        #expect(state.delay("a", until: soon) == true)
        #expect(state.delay("a", until: late) == false)
        #expect(state.release("a", due: late) == false)
        #expect(state.release("a", due: soon) == true)
        #expect(state.release("a", due: soon) == false)
    }

    @Test(arguments: [(0, 5), (1, 10), (7, 640), (12, 20_480), (13, 30_000), (5000, 30_000)])
    func `back-off doubles from 5 ms to 30 s`(failures: Int, milliseconds: Int) {
        #expect(RetryDelay()(failures: failures) == .milliseconds(milliseconds))
    }

    @Test func `order and counts survive many keys`() {
        var state = QueueState<Int>(keysMax: 100_000)
        var taken: [Int] = []
        for round in 0..<1000 {
            for key in 0..<10 { _ = state.add(round * 10 + key, at: now) }
            for _ in 0..<(round % 10) + 1 {
                guard let (key, _) = state.take(at: now) else { break }
                state.finish(key, at: now)
                taken.append(key)
            }
        }
        while let (key, _) = state.take(at: now) { taken.append(key) }
        #expect(taken == Array(0..<10_000))
    }
}
