import Reconciliation
import Testing

struct WorkQueueTests {
    /// A cancellation and a new key that reach a waiting worker at once must not wait for each other.
    @Test func `keys added while workers are cancelled stop nobody`() async {
        for round in 0..<500 {
            let queue = WorkQueue<Int>()
            await withTaskGroup(of: Int?.self) { group in
                for _ in 0..<4 { group.addTask { await queue.next() } }
                await Task.yield()
                async let added: Void = addFour(from: round * 4, to: queue)
                group.cancelAll()
                var seen: Set<Int> = []
                for await key in group.compactMap(\.self) { #expect(seen.insert(key).inserted) }
                await added
                #expect(seen.count + queue.depth == 4)
            }
        }
    }

    @concurrent private func addFour(from first: Int, to queue: WorkQueue<Int>) async {
        for key in first..<first + 4 { queue.add(key) }
    }

    @Test func `a shut down queue lets its workers go and hands out no more`() async {
        let queue = WorkQueue<Int>()
        async let waiting = queue.next()
        queue.shutDown()
        queue.add(1)
        #expect(await waiting == nil)
        #expect(await queue.next() == nil)
    }
}
