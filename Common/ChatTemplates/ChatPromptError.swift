/// Why a chat request gave no prompt here.
///
/// A message names things of the model's files or members of the request, never what a conversation says: it may go
/// into logs.
package struct ChatPromptError: Error, Hashable, CustomStringConvertible {
    /// What is at fault; few and fixed, so that it can be a label.
    package enum Reason: String, Sendable, Hashable, CaseIterable {
        /// The model's files hold no template that can be used here.
        case files
        /// The template needs something that is not known here.
        case template
        /// A member of the request that may change the prompt in a way that is not known here.
        case request
        /// An image, sound, video or embedding: its tokens are the engine's to say.
        case media
        /// A form of message that is not known here.
        case message
        /// A form of tool that is not known here.
        case tools
        /// The engine refuses the request too.
        case refused
        /// One of `TemplateLimits` is reached.
        case limit
    }

    package var reason: Reason
    package var message: String

    package init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }

    package var description: String { message }

    static let notJSON = ChatPromptError(.refused, "the body of the request is not JSON")
}
