import AgentProtocol
@testable import Fleet
import Synchronization
import Testing

struct ModelFileFetcherTests {
    /// A fetcher whose questions are written down and whose time is set by the test.
    struct Stage {
        final class Notes: Sendable {
            let time = Mutex(Duration.zero)
            let asked = Mutex<[(agent: AgentID, place: ModelFilesPlace)]>([])
        }

        let notes = Notes()
        let fetcher: ModelFileFetcher

        init() {
            fetcher = ModelFileFetcher(now: { [notes] in notes.time.withLock { $0 } })
            fetcher.open { [notes] agent, place in notes.asked.withLock { $0.append((agent, place)) } }
        }

        func want(_ id: ModelFilesID, _ agents: [AgentID]) -> [UInt8]? { fetcher.bundle(id, from: agents) }

        /// Answers the last question with `size` bytes of a bundle.
        func answer(_ bundle: [UInt8], size: Int, total: Int? = nil, from agent: AgentID? = nil) {
            guard let last = notes.asked.withLock({ $0.last }) else { return }
            let bytes = Array(bundle.dropFirst(last.place.offset).prefix(size))
            fetcher.take(
                ModelFilesPiece(place: last.place, total: total ?? bundle.count, bytes: bytes),
                from: agent ?? last.agent)
        }

        func pass(_ duration: Duration) { notes.time.withLock { $0 += duration } }
        var questions: Int { notes.asked.withLock { $0.count } }
        var lastAgent: AgentID? { notes.asked.withLock { $0.last?.agent } }
    }

    static let (a, b) = (AgentID("a"), AgentID("b"))
    static let bundle: [UInt8] = (0..<1_000).map { UInt8(truncatingIfNeeded: $0) }
    static let id = ModelFilesID(digest: "d", byteCount: 1_000)

    @Test(arguments: [1, 7, 300, 1_000, 5_000]) func `pieces of any size make the bundle, which is given once`(
        size: Int
    ) {
        let stage = Stage()
        #expect(stage.want(Self.id, [Self.a]) == nil)
        for _ in 0..<(1_000 + size - 1) / size { stage.answer(Self.bundle, size: size) }
        #expect(stage.want(Self.id, [Self.a]) == Self.bundle)
        #expect(stage.questions == (1_000 + size - 1) / size)
        #expect(stage.want(Self.id, [Self.a]) == nil)
        #expect(stage.questions == (1_000 + size - 1) / size + 1)
    }

    @Test func `a lost piece is asked for again, a silent agent is left for another`() {
        let stage = Stage()
        _ = stage.want(Self.id, [Self.a, Self.b])
        for _ in 1..<ModelFileFetcher.triesMax {
            stage.pass(.milliseconds(999))
            let before = stage.questions
            _ = stage.want(Self.id, [Self.a, Self.b])
            #expect(stage.questions == before)
            stage.pass(.milliseconds(1))
            _ = stage.want(Self.id, [Self.a, Self.b])
            #expect(stage.questions == before + 1)
            #expect(stage.lastAgent == Self.a)
        }
        stage.pass(.seconds(1))
        _ = stage.want(Self.id, [Self.a, Self.b])
        #expect(stage.lastAgent == Self.b)
        stage.answer(Self.bundle, size: 1_000)
        #expect(stage.want(Self.id, [Self.a, Self.b]) == Self.bundle)
    }

    @Test func `an agent without the files, or with others, is left for another`() {
        for total in [0, 999, 1_001] {
            let stage = Stage()
            _ = stage.want(Self.id, [Self.a, Self.b])
            stage.answer(Self.bundle, size: total == 0 ? 0 : 10, total: total)
            _ = stage.want(Self.id, [Self.a, Self.b])
            #expect(stage.lastAgent == Self.b)
        }
    }

    @Test func `pieces that nobody asked for change nothing`() {
        let stage = Stage()
        stage.answer(Self.bundle, size: 10)
        _ = stage.want(Self.id, [Self.a])
        stage.answer(Self.bundle, size: 10, from: Self.b)
        #expect(stage.questions == 1)
        stage.answer(Self.bundle, size: 10)
        #expect(stage.questions == 2)
        // The same piece once more: its place is not the one that is asked for.
        let piece = ModelFilesPiece(
            place: ModelFilesPlace(digest: "d", offset: 0), total: 1_000, bytes: Array(Self.bundle.prefix(10)))
        stage.fetcher.take(piece, from: Self.a)
        #expect(stage.questions == 2)
        for _ in 0..<99 { stage.answer(Self.bundle, size: 10) }
        #expect(stage.want(Self.id, [Self.a]) == Self.bundle)
    }

    @Test func `one bundle at a time, until nobody wants it any more`() {
        let stage = Stage()
        let other = ModelFilesID(digest: "e", byteCount: 10)
        _ = stage.want(Self.id, [Self.a])
        _ = stage.want(other, [Self.b])
        #expect(stage.questions == 1)
        stage.pass(.seconds(5))
        _ = stage.want(other, [Self.b])
        #expect(stage.lastAgent == Self.b)
    }

    @Test func `sizes beyond the limit are not fetched`() {
        let stage = Stage()
        for size in [0, AgentProtocolLimits.modelFilesBytesMax + 1] {
            _ = stage.want(ModelFilesID(digest: "d", byteCount: size), [Self.a])
        }
        #expect(stage.questions == 0)
    }
}
