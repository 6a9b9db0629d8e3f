import NIOCore
import Sockets
import TestKit
import Testing

struct PollLoopTests {
    @Test(.timeLimit(.minutes(1))) func `tasks of many threads each run once, those of one thread in order`()
        async throws
    {
        let seen = Notes()
        try await withLoop { loop in
            await withTaskGroup { group in
                for task in 0..<8 {
                    group.addTask {
                        for number in 0..<500 {
                            loop.execute { seen.add(task * 1_000 + number) }
                        }
                    }
                }
            }
            try await loop.submit {}.get()
        }
        for task in 0..<8 {
            #expect(seen.numbers.filter { $0 / 1_000 == task } == (0..<500).map { task * 1_000 + $0 })
        }
    }

    @Test(.timeLimit(.minutes(1))) func `timers run in order of their times, cancelled ones never`() async throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededRandom(seed: seed)
        let delays = (0..<200).map { _ in Int64.random(in: 0...60, using: &random) }
        let cancelled = Set((0..<200).filter { _ in Bool.random(using: &random) })
        let fired = Notes()
        try await withLoop { loop in
            let start = NIODeadline.now()
            let timers = delays.enumerated().map { number, delay in
                loop.scheduleTask(deadline: start + .milliseconds(delay + 100)) { fired.add(number) }
            }
            for number in cancelled { timers[number].cancel() }
            try await loop.scheduleTask(deadline: start + .milliseconds(200)) {}.futureResult.get()
        }
        let order = fired.numbers
        #expect(Set(order) == Set(0..<200).subtracting(cancelled), "seed \(seed)")
        #expect(order.map { delays[$0] } == order.map { delays[$0] }.sorted(), "seed \(seed)")
    }

    @Test(.timeLimit(.minutes(1))) func `a timer that never comes fails when the loop ends`() async throws {
        let failed = Notes()
        try await withLoop { loop in
            loop.scheduleTask(in: .hours(1)) {}.futureResult.whenFailure { _ in failed.add(1) }
            try await loop.submit {}.get()
        }
        #expect(failed.numbers == [1])
    }

    @Test(.timeLimit(.minutes(1))) func `a thousand timers may be cancelled and set again`() async throws {
        try await withLoop { loop in
            try await loop.submit {
                for _ in 0..<1_000 { loop.scheduleTask(in: .minutes(1)) {}.cancel() }
            }.get()
            try await loop.scheduleTask(in: .milliseconds(1)) {}.futureResult.get()
        }
    }

    @Test func `who is on the loop knows`() async throws {
        try await withLoop { loop in
            let isOff = !loop.inEventLoop
            #expect(isOff)
            let isOn = try await loop.submit { loop.inEventLoop }.get()
            #expect(isOn)
        }
    }
}
