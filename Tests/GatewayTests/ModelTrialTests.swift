import AgentProtocol
@testable import Gateway
import Routing
import Testing

/// When a model's files count as an engine's own.
struct ModelTrialTests {
    typealias Finding = ModelTrial.Finding

    struct Row: Sendable, CustomTestStringConvertible {
        var findings: [Finding]
        var isTrusted: Bool
        var testDescription: String { "\(findings)" }
    }

    static func life(_ number: Int, incarnation: UInt64 = 1) -> ModelTrial.Life {
        ModelTrial.Life(engine: EngineID(namespace: "dev", pod: "pod-\(number)", port: 8000), incarnation: incarnation)
    }

    @Test(arguments: [
        Row(findings: [], isTrusted: false),
        Row(findings: [.agreed], isTrusted: true),
        Row(findings: [.agreed, .agreed], isTrusted: true),
        Row(findings: [.agreed, .unanswered], isTrusted: true),
        Row(findings: [.unanswered], isTrusted: false),
        Row(findings: [.incomparable], isTrusted: false),
        Row(findings: [.agreed, .incomparable], isTrusted: false),
        Row(findings: [.agreed, .differed(probe: "digits")], isTrusted: false),
        Row(findings: [.differed(probe: "digits")], isTrusted: false),
    ]) func `all engines that answer have to agree`(row: Row) {
        var trial = ModelTrial()
        for (number, finding) in row.findings.enumerated() {
            trial.note([.text: finding], of: Self.life(number), now: .zero)
        }
        #expect(trial.trusted == (row.isTrusted ? [.text] : []))
    }

    @Test func `kinds are judged apart`() {
        var trial = ModelTrial()
        trial.note([.text: .agreed, .chat: .differed(probe: "tools")], of: Self.life(0), now: .zero)
        #expect(trial.trusted == [.text])
    }

    @Test func `an engine that is gone has no say`() {
        var trial = ModelTrial()
        trial.note([.text: .agreed], of: Self.life(0), now: .zero)
        trial.note([.text: .differed(probe: "words")], of: Self.life(1), now: .zero)
        #expect(trial.trusted.isEmpty)
        trial.keep(only: [Self.life(0)])
        #expect(trial.trusted == [.text])
        trial.keep(only: [Self.life(0, incarnation: 2)])
        #expect(trial.trusted.isEmpty)
    }

    @Test func `each life is checked once, one that did not answer again after a pause`() {
        var trial = ModelTrial()
        let lives = [Self.life(0), Self.life(1)]
        #expect(trial.next(lives, now: .zero) == 0)
        trial.note([.text: .agreed], of: lives[0], now: .zero)
        #expect(trial.next(lives, now: .zero) == 1)
        trial.note([.text: .unanswered], of: lives[1], now: .zero)
        #expect(trial.next(lives, now: .seconds(9)) == nil)
        #expect(trial.next(lives, now: .seconds(10)) == 1)
        #expect(trial.next([Self.life(0, incarnation: 2)], now: .zero) == 0)
    }

    @Test func `names without files leave room for others`() {
        let trust = TokenTrust()
        let server = TargetServer(name: ObjectName(namespace: "dev", name: "server"), endpoints: []).id
        for number in 0..<TokenTrust.keysMax + 100 {
            let key = TokenTrust.Key(server: server, model: "model-\(number)")
            #expect(trust.model(for: key, .text, folder: "f") == nil)
        }
        #expect(trust.wanted.count == TokenTrust.keysMax)
        #expect(trust.wanted.keys.contains { $0.model == "model-\(TokenTrust.keysMax + 99)" })
    }
}
