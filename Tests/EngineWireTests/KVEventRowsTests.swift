@testable import EngineWire
import TestKit
import Testing

/// Batches read into rows, against the same batches read in full.
@Suite struct KVEventRowsTests {
    /// An event with what rows do not keep left out: the form of names, and what ordinary events all say.
    private static func plain(_ event: EngineEvent) -> EngineEvent {
        switch event {
        case .stored(var run):
            run.blockHashes = run.blockHashes.map { .integer($0.low64) }
            run.parent = run.parent.map { .integer($0.low64) }
            if run.medium == "GPU" { run.medium = nil }
            if run.specKind == "full_attention" { run.specKind = nil }
            if run.extraKeys?.allSatisfy({ $0 == nil }) == true { run.extraKeys = nil }
            return .stored(run)
        case .removed(var removed):
            removed.blockHashes = removed.blockHashes.map { .integer($0.low64) }
            if removed.medium == "GPU" { removed.medium = nil }
            return .removed(removed)
        case .cleared: return .cleared
        }
    }

    private static func events(_ rows: KVEventRows) -> [EngineEvent] {
        rows.rows.map { row in
            switch row.kind {
            case .stored: .stored(rows.run(row))
            case .removed:
                .removed(
                    BlocksRemoved(
                        blockHashes: rows.names[Int(row.firstName)...].prefix(Int(row.nameCount)).map { .integer($0) },
                        group: row.group < 0 ? nil : Int(row.group)))
            case .cleared: .cleared
            case .other: plain(rows.others[Int(row.firstName)])
            }
        }
    }

    /// Whether rows say the same as the batch in full; both may refuse it.
    private static func agree(_ payload: [UInt8], _ rows: inout KVEventRows) -> Bool {
        let batch = try? KVEventBatch.decode(payload)
        guard (try? rows.read(payload)) != nil else { return batch == nil }
        guard let batch else { return false }
        return rows.time.bitPattern == batch.time.bitPattern && events(rows) == batch.events.map(plain)
            && (rows.unknownCount, rows.unreadableCount, rows.oddFieldCount)
                == (batch.unknownCount, batch.unreadableCount, batch.oddFieldCount)
            && rows.clears == batch.events.contains(.cleared)
    }

    @Test(arguments: KVEventBatchTests.recordings) func `recorded batches say the same in rows`(name: String) throws {
        var rows = KVEventRows()
        var ordinary = 0
        for parts in try Recording.messages("\(name).bin") {
            #expect(Self.agree(parts[2], &rows))
            ordinary += rows.rows.count { $0.kind != .other }
        }
        #expect(ordinary > 0)
    }

    @Test func `nearly every event of a recorded engine is an ordinary one`() throws {
        for name in ["kv-events-0.32.0-stress", "kv-events-0.23.0-stress"] {
            var rows = KVEventRows()
            var (ordinary, all) = (0, 0)
            for parts in try Recording.messages("\(name).bin") {
                try rows.read(parts[2])
                ordinary += rows.rows.count { $0.kind != .other }
                all += rows.rows.count
            }
            #expect(ordinary * 100 > all * 95, "\(ordinary) of \(all)")
        }
    }

    @Test func `spoiled batches are refused or read alike`() throws {
        var random = SeededRandom(seed: DecoderFuzzTests.seed &+ 2)
        var samples = [DecoderTests.rich.encode(.map), DecoderTests.rich.encode(.array)]
        for name in KVEventBatchTests.recordings {
            samples += try Recording.messages("\(name).bin").map { $0[2] }.filter { $0.count < 700 }.prefix(20)
        }
        var rows = KVEventRows()
        for number in 0..<DecoderFuzzTests.cases {
            let payload = DecoderFuzzTests.spoiled(samples[random.below(samples.count)], &random)
            #expect(Self.agree(payload, &rows), "seed \(DecoderFuzzTests.seed) case \(number)")
        }
    }

    @Test func `room for a batch out of the ordinary is given back`() throws {
        let count = KVEventRows.tokensKeptMax + 1_024
        let run = BlocksStored(
            blockHashes: [.integer(.max)], parent: nil, tokenIDs: Array(repeating: 7, count: 60_000), blockSize: 60_000)
        let events = (0...count / 60_000).map { _ in EngineEvent.stored(run) }
        var rows = KVEventRows()
        try rows.read(KVEventBatch(time: 1, events: events, rank: 0).encode(.map))
        #expect(rows.tokens.count >= count)
        try rows.read(KVEventBatch(time: 2, events: [.cleared], rank: 0).encode(.map))
        #expect(rows.tokens.isEmpty && rows.clears)
    }
}
