import Observability
import Tokens

/// Tokens a second of a core, of prompts of 16 KB in generated text; and the same beside the package `tokenizers`.
enum TokenSpeed {
    private static let rounds = 7
    private static let warmRuns = 3

    static func bars() async throws -> [Bar] {
        let scene = try TokenScene.shared.get()
        let prompts = scene.prompts
        var (cold, warm) = (Double.infinity, Double.infinity)
        var count = 0
        for _ in 0..<rounds {
            var encoder = TokenEncoder(scene.tokenizer)
            cold = min(cold, try seconds(prompts, &encoder, &count))
            for _ in 0..<warmRuns { warm = min(warm, try seconds(prompts, &encoder, &count)) }
        }
        let perByte = Double(scene.text.count) / Double(count)
        let bars = [
            bar("cold", count, cold, atLeast: 8, "an encoder that met no word before; \(count) tokens"),
            bar(
                "warm", count, warm, atLeast: 25,
                "\(Bar.text(warm / Double(count) * 1e9)) ns a token of \(Bar.text(perByte)) bytes; a pass that only "
                    + "adds up the bytes takes \(Bar.text(floor(scene.text) / Double(count) * 1e9)) ns"),
        ]
        guard let peer = try await TokenPeer.seconds(scene) else { return bars }
        return bars + [
            Bar(
                name: "tokens-warm-vs-hf-tokenizers", value: peer / warm, unit: "x", limit: .atLeast(15),
                detail: "\(Bar.text(Double(count) / peer / 1e6)) M tokens a second of tokenizers; the same ids")
        ]
    }

    private static func bar(
        _ name: String, _ count: Int, _ seconds: Double, atLeast limit: Double, _ detail: String
    ) -> Bar {
        Bar(
            name: "tokens-of-a-core-\(name)", value: Double(count) / seconds / 1e6, unit: "M/s",
            limit: .atLeast(limit), detail: detail)
    }

    private static func seconds(
        _ prompts: [[UInt8]], _ encoder: inout TokenEncoder, _ count: inout Int
    ) throws -> Double {
        var ids: [UInt32] = []
        ids.reserveCapacity(prompts[0].count * 2)
        count = 0
        let start = CoreTime.seconds
        for prompt in prompts {
            ids.removeAll(keepingCapacity: true)
            try encoder.encode(prompt, framed: false, into: &ids)
            count += ids.count
        }
        return CoreTime.seconds - start
    }

    /// The fastest of some passes that read each byte once, as nothing that makes tokens can do without.
    private static func floor(_ text: [UInt8]) -> Double {
        var best = Double.infinity
        var sum: UInt64 = 0
        for _ in 0..<rounds {
            let start = CoreTime.seconds
            for byte in text { sum &+= UInt64(byte) }
            best = min(best, CoreTime.seconds - start)
        }
        return sum > 0 ? best : .infinity
    }
}
