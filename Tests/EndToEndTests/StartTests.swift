import AgentLink
import SystemFiles
import TestKit
import Testing

/// `martlet up` with something wrong: one sentence that says what, where and what to do, and nothing left running.
@Suite(.serialized) struct StartTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var file = ""
        var text = ""
        var arguments: [String] = []
        var sentence: String
        var status = 1
        var testDescription: String { arguments.joined(separator: " ") + " " + text }
    }

    /// FILE stands for the row's file.
    @Test(arguments: [
        Row(text: "nodes: [", arguments: ["--config", "FILE"], sentence: "FILE is not valid YAML"),
        Row(text: "nodes:\n- nam: a\n", arguments: ["--config", "FILE"], sentence: "FILE: a node has no name"),
        Row(text: "- image: 5\n", arguments: ["--image-map", "FILE"], sentence: "FILE, entry 1: both `image`"),
        Row(arguments: ["--config", "/nonexistent"], sentence: "/nonexistent could not be read: No such file"),
        Row(arguments: ["-f", "/nonexistent"], sentence: "/nonexistent could not be read: No such file"),
        Row(text: "a: [", arguments: ["-f", "FILE"], sentence: "FILE is not valid YAML"),
        Row(
            text: "apiVersion: v1\nkind: Nope\nmetadata: {name: a}\n", arguments: ["-f", "FILE"],
            sentence: "v1 Nope 'a': the API server does not know this kind; kubectl api-resources lists"),
        Row(
            text:
                "apiVersion: workload.serving.volcano.sh/v1alpha1\nkind: ModelServing\nmetadata: {name: a}\nspec: {}\n",
            arguments: ["-f", "FILE"], sentence: "ModelServing \"a\" is invalid: spec.template: Required value"),
        Row(
            arguments: ["--crds", "/nonexistent"], sentence: "the directory of definitions /nonexistent cannot be"),
        Row(arguments: ["--api-address", "here"], sentence: "--api-address here is not HOST:PORT", status: 2),
        Row(arguments: ["--nodes"], sentence: "Unknown option '--nodes'", status: 2),
    ])
    func `says what is wrong and leaves nothing`(row: Row) async throws {
        let installation = try await Installation()
        let file = "\(installation.directory)/input.yaml"
        try Files.write(row.text, to: file)
        let own = row.arguments.map { $0 == "FILE" ? file : $0 }
        let usual = own.contains("--config") ? Array(installation.upArguments.dropLast(2)) : installation.upArguments
        let up = try await installation.martlet(usual + own)
        #expect(up.errors.contains(row.sentence.replacing("FILE", with: file)), "\(up.errors)")
        #expect(up.status == row.status && up.output.isEmpty)
        #expect(up.errors.split(separator: "\n").count <= 3)
        let down = try await installation.martlet(["down"])
        #expect(down.output.hasPrefix("Martlet was not running"))
        _ = try await Command.run("rm", ["-rf", installation.directory])
    }

    @Test func `keys may begin with a dash`() async throws {
        let installation = try await Installation()
        try Files.makeFolder("\(installation.directory)/data/link")
        for name in ["coordinator", "agent"] {
            let path = "\(installation.directory)/data/link/\(name).keys"
            // One key in 85 does.
            while try !CurveKeys.loadOrGenerate(path).publicKey.hasPrefix("-") { Files.remove(path) }
        }
        let up = try await installation.martlet(installation.upArguments)
        #expect(up.succeeded, "\(up.errors)")
        let down = try await installation.martlet(["down"])
        #expect(down.succeeded, "\(down.errors)")
        _ = try await Command.run("rm", ["-rf", installation.directory])
    }
}
