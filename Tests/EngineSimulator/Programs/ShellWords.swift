/// The part of a shell's reading that start scripts of containers need: words, quotes, variables, one command after
/// another. No pipes, no substitution of commands, no control flow.
enum ShellWords {
    /// The commands of a script, each as its words.
    static func commands(_ script: String, environment: (String) -> String?) throws(SimulatorError) -> [[String]] {
        var reader = Reader(characters: Array(script))
        try reader.readAll(environment)
        return reader.commands.filter { !$0.isEmpty }
    }

    private struct Reader {
        let characters: [Character]
        var position = 0
        var commands: [[String]] = [[]]
        var word = ""
        var isInWord = false

        init(characters: [Character]) { self.characters = characters }

        private mutating func take() -> Character? {
            guard position < characters.count else { return nil }
            position += 1
            return characters[position - 1]
        }

        private var next: Character? { position < characters.count ? characters[position] : nil }

        private mutating func endWord() {
            if isInWord { commands[commands.count - 1].append(word) }
            word = ""
            isInWord = false
        }

        private mutating func endCommand() {
            endWord()
            commands.append([])
        }

        mutating func readAll(_ environment: (String) -> String?) throws(SimulatorError) {
            while let character = take() {
                switch character {
                case " ", "\t": endWord()
                case "\n", ";", "&", "|":
                    while next == character { position += 1 }
                    endCommand()
                case "#" where !isInWord:
                    while let skipped = next, skipped != "\n" { position += 1 }
                case "'": try readQuoted("'", environment)
                case "\"": try readQuoted("\"", environment)
                case "\\":
                    if let escaped = take(), escaped != "\n" { add(String(escaped)) }
                case "$": add(variable(environment))
                default: add(String(character))
                }
            }
            endWord()
        }

        private mutating func add(_ text: String) {
            word += text
            isInWord = true
        }

        private mutating func readQuoted(
            _ quote: Character, _ environment: (String) -> String?
        ) throws(SimulatorError) {
            isInWord = true
            while let character = take() {
                if character == quote { return }
                switch (quote, character) {
                case ("\"", "$"): word += variable(environment)
                case ("\"", "\\"):
                    guard let escaped = take() else { break }
                    if !["\"", "\\", "$", "`", "\n"].contains(escaped) { word.append("\\") }
                    if escaped != "\n" { word.append(escaped) }
                default: word.append(character)
                }
            }
            throw SimulatorError("the container's script ends inside quotes")
        }

        /// The value of `$NAME` or `${NAME}`; a lone dollar stands for itself.
        private mutating func variable(_ environment: (String) -> String?) -> String {
            let isBraced = next == "{"
            if isBraced { position += 1 }
            var name = ""
            while let character = next, character.isLetter || character.isNumber || character == "_" {
                name.append(character)
                position += 1
            }
            if isBraced, next == "}" { position += 1 }
            return name.isEmpty ? "$" : environment(name) ?? ""
        }
    }
}
