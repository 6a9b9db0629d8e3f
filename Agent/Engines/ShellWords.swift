/// Commands of a shell script, as far as they can be read without running it.
enum ShellWords {
    /// The words of each command. Quotes and backslashes are taken as a shell does; variables stay as they are written.
    static func commands(_ script: String) -> [[String]] {
        var commands: [[String]] = []
        var words: [String] = []
        var word: String?
        var quote: Character?
        var escaped = false
        func endWord() {
            if let text = word { words.append(text) }
            word = nil
        }
        func endCommand() {
            endWord()
            if !words.isEmpty { commands.append(words) }
            words = []
        }
        for character in script {
            if escaped {
                // A backslash at the end of a line joins the next one to it.
                if character != "\n" { word = (word ?? "") + String(character) }
                escaped = false
            } else if let open = quote {
                if character == open {
                    quote = nil
                } else if character == "\\", open == "\"" {
                    escaped = true
                } else {
                    word = (word ?? "") + String(character)
                }
            } else {
                switch character {
                case "\\": escaped = true
                case "'", "\"":
                    quote = character
                    word = word ?? ""
                case " ", "\t": endWord()
                case ";", "&", "|", "\n": endCommand()
                default: word = (word ?? "") + String(character)
                }
            }
        }
        endCommand()
        return commands
    }
}
