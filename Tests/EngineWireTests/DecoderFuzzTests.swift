import EngineWire
import SystemFiles
import TestKit
import Testing

/// Spoiled events and values. `MARTLET_FUZZ_CASES` says how many each test takes, `MARTLET_FUZZ_SEED` where it begins.
struct DecoderFuzzTests {
    static let cases = Int(Environment["MARTLET_FUZZ_CASES"] ?? "") ?? 20_000
    static let seed = UInt64(Environment["MARTLET_FUZZ_SEED"] ?? "") ?? 20_261_122

    /// Heads that promise more than there is, and the largest and smallest numbers.
    private static let splinters: [[UInt8]] = [
        [0xDD, 0xFF, 0xFF, 0xFF, 0xFF], [0xDF, 0xFF, 0xFF, 0xFF, 0xFF], [0xC6, 0xFF, 0xFF, 0xFF, 0xFF],
        [0xDB, 0xFF, 0xFF, 0xFF, 0xFF], [0xC9, 0xFF, 0xFF, 0xFF, 0xFF], [0xDC, 0xFF, 0xFF], [0xC0], [0xC1],
        [0xCF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0xD3, 0x80, 0, 0, 0, 0, 0, 0, 0], [0x90], [0x80],
        [0xA1, 0xFF], [0x91, 0x91, 0x91], [0xCB, 0x7F, 0xF8, 0, 0, 0, 0, 0, 0],
    ]

    static func spoiled(_ payload: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
        var bytes = payload
        for _ in 0..<random.below(4) where !bytes.isEmpty {
            let index = random.below(bytes.count)
            switch random.below(6) {
            case 0: bytes[index] = UInt8(random.below(256))
            case 1: bytes.remove(at: index)
            case 2: bytes.insert(bytes[index], at: index)
            case 3: bytes.removeSubrange(index...)
            case 4: bytes.insert(contentsOf: splinters[random.below(splinters.count)], at: index)
            default:
                let splinter = splinters[random.below(splinters.count)]
                bytes.replaceSubrange(index..<min(bytes.count, index + splinter.count), with: splinter)
            }
        }
        return bytes
    }

    /// Small payloads of every recording and form.
    private static func samples() throws -> [[UInt8]] {
        var samples: [[UInt8]] = []
        for name in KVEventBatchTests.recordings {
            samples += try Recording.messages("\(name).bin").map { $0[2] }.filter { $0.count < 700 }.prefix(20)
        }
        let rich = DecoderTests.rich
        samples.append(rich.encode(.map))
        samples.append(rich.encode(.array))
        return samples
    }

    @Test func `spoiled batches are refused or read, and what was read is read again the same`() throws {
        var random = SeededRandom(seed: Self.seed)
        let samples = try Self.samples()
        var taken = 0
        for number in 0..<Self.cases {
            let payload = Self.spoiled(samples[random.below(samples.count)], &random)
            guard let batch = try? KVEventBatch.decode(payload) else { continue }
            taken += 1
            guard batch.time == batch.time, number % 16 == 0 else { continue }
            var plain = batch
            (plain.unknownCount, plain.unreadableCount, plain.oddFieldCount) = (0, 0, 0)
            #expect(try KVEventBatch.decode(batch.encode(.map)) == plain, "seed \(Self.seed) case \(number)")
        }
        #expect(taken > Self.cases / 20)
    }

    @Test func `spoiled values are refused or read, and passing over ends where reading does`() throws {
        var random = SeededRandom(seed: Self.seed &+ 1)
        let samples = try Self.samples()
        var taken = 0
        for number in 0..<Self.cases {
            let bytes = Self.spoiled(samples[random.below(samples.count)], &random)
            var reader = MessagePackReader(bytes)
            guard let value = try? reader.value() else { continue }
            taken += 1
            var other = MessagePackReader(bytes)
            try other.skip()
            #expect(other.position == reader.position, "seed \(Self.seed) case \(number)")
            guard number % 16 == 0 else { continue }
            #expect(try MessagePack.parse(value.bytes).bytes == value.bytes, "seed \(Self.seed) case \(number)")
        }
        #expect(taken > Self.cases / 20)
    }
}
