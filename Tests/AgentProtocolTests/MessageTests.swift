import AgentProtocol
import KVBlocks
import TestKit
import Testing

struct MessageTests {
    private static let engine = EngineID(namespace: "dev", pod: "engine-é-0", port: 8000)

    private static var reports: [Report] {
        var description = EngineDescription(
            id: engine, podUID: "u-1", node: "n", host: "127.64.0.3", kind: .sgLang, incarnation: .max)
        description.isReady = true
        description.models = ["base", "alias"]
        description.adapters = ["lora-a"]
        description.rankCount = 4
        description.blockSize = 16
        description.blockCount = 40_000
        description.hasExactCache = true
        description.modelFiles = ModelFilesID(digest: String(repeating: "0f", count: 32), byteCount: 17_000_000)
        var load = EngineLoad()
        load.running = 7
        load.waiting = 200
        load.cacheUsage = 0.25
        load.prefillSecondsPerToken = 1e-5
        load.timeToFirstToken = 0.5
        load.timePerOutputToken = 0.02
        let blocks = [BlockHash(0), BlockHash(.max), BlockHash(3)]
        return [
            .engine(description), .load(engine, load), .engineGone(engine),
            .cache(engine, rank: 3, incarnation: 9, .stored(parent: nil, blocks: blocks, tier: .device)),
            .cache(engine, rank: 0, incarnation: 9, .stored(parent: BlockHash(5), blocks: [], tier: .host)),
            .cache(engine, rank: 0, incarnation: 9, .removed(blocks: blocks, tier: .disk)),
            .cache(engine, rank: 0, incarnation: 9, .cleared),
        ]
    }

    private static let place = ModelFilesPlace(digest: String(repeating: "a1", count: 32), offset: 262_144)

    static let agentMessages: [AgentMessage] = [
        .hello(
            Hello(
                versions: 1...3, session: 77,
                description: AgentDescription(id: AgentID("node"), epoch: 5, version: "0.1", isStandalone: true))),
        .item(session: 1, sequence: .max, .reports(reports)), .item(session: 1, sequence: 2, .reports([])),
        .item(session: 1, sequence: 3, .snapshotBegan), .item(session: 1, sequence: 4, .snapshotEnded),
        .heartbeat(session: 1, last: 9), .goodbye(session: 1, reason: "stopping"),
        .piece(session: 5, ModelFilesPiece(place: place, total: 9_000_000, bytes: Array(0...255))),
        .piece(session: 5, ModelFilesPiece(place: place, total: 0, bytes: [])),
        .work(session: 6, work), .work(session: 6, ReplicaWork(replica: .max, isOver: true)),
        .replicas(session: 7, others: 3),
    ]

    private static var work: ReplicaWork {
        let chain = (0..<700).map { BlockHash($0 &* 0x9E37_79B9_7F4A_7C15) }
        let prompts = [chain, Array(chain.prefix(1))].enumerated().compactMap { number, chain in
            ChainMarks(chain).map { EngineWork.Prompt(rank: number == 0 ? 3 : nil, marks: $0) }
        }
        return ReplicaWork(
            replica: 99,
            engines: [
                EngineWork(
                    engine: engine, incarnation: .max, requests: 4, pendingTokens: 11_200, ranks: [0, 1, 0, 3],
                    prompts: prompts),
                EngineWork(engine: engine, requests: 0, pendingTokens: 0),
            ])
    }

    static let coordinatorMessages: [CoordinatorMessage] = [
        .welcome(session: 1, version: 1, resumeAfter: nil, creditBytes: 5),
        .welcome(session: 1, version: 1, resumeAfter: 0, creditBytes: .max),
        .ack(session: 2, sequence: 3, creditBytes: 4), .resync(session: 1, receivedUpTo: nil),
        .resync(session: 1, receivedUpTo: 8), .whoAreYou(session: 3), .refused(session: 4, reason: "no"),
        .wants(session: 6, place), .work(session: 9, work),
    ]

    @Test func `every message reads back as it was written`() throws {
        for message in Self.agentMessages { #expect(try AgentMessage(bytes: message.bytes[...]) == message) }
        for message in Self.coordinatorMessages {
            #expect(try CoordinatorMessage(bytes: message.bytes[...]) == message)
        }
    }

    @Test func `a cache report about the same as the one before says it only to readers of the first version`() throws {
        let other = EngineID(namespace: "dev", pod: "other", port: 1)
        let cache: [Report] = [
            .cache(Self.engine, rank: 1, incarnation: 9, .cleared),
            .cache(Self.engine, rank: 1, incarnation: 9, .removed(blocks: [BlockHash(4)], tier: .device)),
            .load(Self.engine, EngineLoad()),
            .cache(Self.engine, rank: 1, incarnation: 9, .stored(parent: nil, blocks: [BlockHash(5)], tier: .host)),
            .cache(Self.engine, rank: 2, incarnation: 9, .cleared),
            .cache(Self.engine, rank: 2, incarnation: 8, .cleared),
            .cache(other, rank: 2, incarnation: 8, .cleared),
            .cache(other, rank: 2, incarnation: 8, .cleared),
        ]
        let message = AgentMessage.item(session: 1, sequence: 1, .reports(cache))
        let (first, second) = (message.bytes(version: 1), message.bytes(version: 2))
        #expect(try AgentMessage(bytes: first[...]) == message)
        #expect(try AgentMessage(bytes: second[...]) == message)
        #expect(second.count < first.count)
        // The third of them, whose kind says that it is about the same, with nothing before it.
        let orphan = first[..<19] + [1, 0x46, 0]
        #expect(throws: WireError.self) { try AgentMessage(bytes: ArraySlice(orphan)) }
        // A kind of a later version is skipped, with that mark as without.
        let later = first[..<19] + [1, 0x7F, 2, 0, 0]
        #expect(try AgentMessage(bytes: ArraySlice(later)) == .item(session: 1, sequence: 1, .reports([])))
    }

    @Test func `no beginning of a message is a message`() {
        for message in Self.agentMessages {
            let bytes = message.bytes
            for end in bytes.indices {
                #expect(throws: WireError.self) { try AgentMessage(bytes: bytes[..<end]) }
            }
        }
        for message in Self.coordinatorMessages {
            let bytes = message.bytes
            for end in bytes.indices {
                #expect(throws: WireError.self) { try CoordinatorMessage(bytes: bytes[..<end]) }
            }
        }
    }

    @Test func `a length of four billion costs nothing`() {
        // Kind "reports", session, sequence, then a count; then one stored report whose part and blocks claim as much.
        let head: [UInt8] = [UInt8(ascii: "M"), 1, 2] + [UInt8](repeating: 0, count: 16)
        let fourBillion: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF, 0x0F]
        let stored: [UInt8] = [1, 4, 40, 0, 0, 0, 0] + [UInt8](repeating: 0, count: 8) + [0, 0]
        for body in [fourBillion, [1, 4] + fourBillion, stored + fourBillion] {
            let bytes = head + body + [UInt8](repeating: 0, count: 64)
            let start = ContinuousClock.now
            #expect(throws: WireError.self) { try AgentMessage(bytes: bytes[...]) }
            #expect(ContinuousClock.now - start < .seconds(1))
        }
    }

    @Test func `kinds of reports and fields of later versions are skipped`() throws {
        let known = AgentMessage.item(session: 1, sequence: 1, .reports([.engineGone(Self.engine)])).bytes
        let head = Array(known[..<19])
        let gone = Array(known[20...])
        // Three reports: one of kind 200, one with two bytes more than this version knows, one as it is.
        let longer = [gone[0], gone[1] + 2] + gone[2...] + [1, 2]
        let bytes = head + [3] + [200, 3, 9, 9, 9] + longer + gone
        let expected = AgentMessage.item(
            session: 1, sequence: 1, .reports([.engineGone(Self.engine), .engineGone(Self.engine)]))
        #expect(try AgentMessage(bytes: bytes[...]) == expected)
    }

    @Test func `an engine of a kind that a later version added is skipped, the reports beside it are not`() throws {
        let description = EngineDescription(
            id: Self.engine, podUID: "u", node: "n", host: "h", kind: .tgi, incarnation: 1)
        var bytes = AgentMessage.item(
            session: 1, sequence: 1, .reports([.engine(description), .engineGone(Self.engine)])
        ).bytes
        let kind = try #require(bytes.indices.first { bytes[$0...].starts(with: "TGI".utf8) })
        bytes[kind] = UInt8(ascii: "X")
        #expect(
            try AgentMessage(bytes: bytes[...])
                == AgentMessage.item(session: 1, sequence: 1, .reports([.engineGone(Self.engine)])))
    }

    @Test func `a description with too many and too long names still fits a message`() throws {
        var description = EngineDescription(
            id: Self.engine, podUID: "u", node: "n", host: "h", kind: .vLLM, incarnation: 1)
        description.models = Array(repeating: String(repeating: "é", count: 3000), count: 3000)
        description.adapters = description.models
        let bytes = AgentMessage.item(session: 1, sequence: 1, .reports([.engine(description)])).bytes
        #expect(bytes.count < AgentProtocolLimits.messageBytesMax)
        _ = try AgentMessage(bytes: bytes[...])
    }

    @Test func `a piece has its limit`() throws {
        let bytes = [UInt8](repeating: 7, count: AgentProtocolLimits.pieceBytesMax + 1)
        let piece = ModelFilesPiece(place: Self.place, total: bytes.count, bytes: bytes)
        let written = AgentMessage.piece(session: 1, piece).bytes
        #expect(written.count < AgentProtocolLimits.messageBytesMax)
        guard case .piece(_, let read) = try AgentMessage(bytes: written[...]) else { throw WireError.truncated }
        #expect(read.bytes.count == AgentProtocolLimits.pieceBytesMax)
    }

    /// An agent of an earlier version ends the description before the files.
    @Test func `a description without files is one of an earlier version`() throws {
        var description = EngineDescription(
            id: Self.engine, podUID: "u", node: "n", host: "h", kind: .vLLM, incarnation: 1)
        description.hasExactCache = true
        var bytes = AgentMessage.item(session: 1, sequence: 1, .reports([.engine(description)])).bytes
        // Kind, session, sequence, count, kind of report, length of its part; the last byte says that there are none.
        bytes.removeLast()
        bytes[21] -= 1
        #expect(
            try AgentMessage(bytes: bytes[...]) == .item(session: 1, sequence: 1, .reports([.engine(description)])))
    }

    @Test func `a number that an engine did not measure becomes zero`() throws {
        var load = EngineLoad()
        load.cacheUsage = .nan
        load.timeToFirstToken = .infinity
        load.running = -3
        let bytes = AgentMessage.item(session: 1, sequence: 1, .reports([.load(Self.engine, load)])).bytes
        let read = try AgentMessage(bytes: bytes[...])
        #expect(read == .item(session: 1, sequence: 1, .reports([.load(Self.engine, EngineLoad())])))
    }

    @Test func `other versions and other protocols are named`() {
        var bytes = AgentMessage.heartbeat(session: 1, last: 2).bytes
        bytes[1] = 9
        #expect(throws: WireError.unsupportedVersion(9)) { try AgentMessage(bytes: bytes[...]) }
        bytes[0] = 0
        #expect(throws: WireError.notThisProtocol) { try AgentMessage(bytes: bytes[...]) }
        #expect(throws: WireError.tooLarge(field: "a message")) {
            try AgentMessage(bytes: [UInt8](repeating: 0, count: AgentProtocolLimits.messageBytesMax + 1)[...])
        }
    }

    /// 20,000 messages with a few bytes changed: read or refused, and what is read can be written.
    @Test func `damaged messages never crash`() throws {
        var random = SeededRandom(seed: 4)
        var read = 0
        for _ in 0..<20_000 {
            var bytes = Self.agentMessages[random.below(Self.agentMessages.count)].bytes
            for _ in 0...random.below(4) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
            guard let message = try? AgentMessage(bytes: bytes[...]) else { continue }
            read += 1
            _ = message.bytes
        }
        #expect(read > 1000)
    }
}
