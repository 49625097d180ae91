//! The codes about entities, `VE`: 1 the text, 2 fields and types, 3 values, 4 ContentFormat, 5 extensions, 6 what
//! Versia Server 0.9 does otherwise.

use super::codes;
use crate::finding::{Code, Level};

codes! {
    NOT_UTF8 = "VE101" Error "the document is not UTF-8"
        meaning "All JSON is encoded in UTF-8; no other encoding is supported."
        why "A file in Latin-1 or UTF-16, or a text that was cut in the middle of a character."
        fix "Save or convert it as UTF-8: `iconv -f latin1 -t utf-8`."
        page "json";
    NOT_JSON = "VE102" Error "the document is not JSON"
        meaning "The text breaks JSON's own grammar, so that parsers refuse all of it."
        why "JSON was put together by hand: a comma too many or too few, a quotation mark, a comment, a text that \
             was cut off."
        fix "Have a JSON library write it."
        page "json";
    TOO_DEEP = "VE103" Error "the document is nested too deeply"
        meaning "Objects and arrays stand in one another deeper than most parsers follow, and deeper than is \
                 looked at here."
        why "A loop in what writes it, or an attack."
        fix "No entity needs more than a few levels: look at what writes it."
        page "json";
    DUPLICATE_KEY = "VE104" Error "a key stands in an object twice"
        meaning "The keys of an object are unique. Of two that are the same, one parser takes the first and \
                 another the last."
        why "An object that was put together from several, or by hand."
        fix "Leave one of them away."
        page "json";
    KEY_CHARACTERS = "VE105" Error "a key has a character that keys may not have"
        meaning "A key is not empty, and has letters, digits and - _ . # / : only."
        why "A name for people was used as a key."
        fix "Rename the key; put the text into a value."
        page "json";
    KEY_OF_THE_DOCUMENTS = "VE106" Note "a key breaks the rule for keys, as the documents want it"
        meaning "$schema, and media types with a plus sign, have characters that keys may not have, but the \
                 documents themselves prescribe them."
        why "The pages do not agree with one another."
        fix "Nothing: others take it as well."
        page "json";
    NUMBER_EXPONENT = "VE111" Error "a number has an exponent"
        meaning "Numbers are written out, without scientific notation."
        why "A library that writes large or small numbers in a short form."
        fix "Write it out: 1000 for 1e3."
        page "json";
    NUMBER_LEADING_ZERO = "VE112" Error "a number begins with a zero"
        meaning "A number has no leading zeros."
        why "A number was padded as text."
        fix "Leave the zeros away."
        page "json";
    NUMBER_BARE_POINT = "VE113" Error "a decimal point without a digit on both sides"
        meaning "A decimal point has digits before and behind it."
        why "A number was written as a programming language has it."
        fix "Write 0.5 for .5, and 1 for 1."
        page "json";
    NUMBER_TRAILING_ZERO = "VE114" Error "a number ends in zeros that mean nothing"
        meaning "There are no zeros at the end behind a decimal point: 1.0 is written 1."
        why "A library that writes whole floating-point numbers with a decimal."
        fix "Leave the zeros away, and the point with them."
        page "json";
    NUMBER_RANGE = "VE115" Error "a number lies outside ±2^53"
        meaning "Numbers lie between -2^53 and 2^53, since many parsers cannot hold others exactly."
        why "An id or a time in nanoseconds was given as a number."
        fix "Give it as a string."
        page "json";
    NUMBER_NEGATIVE_ZERO = "VE116" Error "a negative zero"
        meaning "Zero has no sign."
        why "A calculation with floating-point numbers."
        fix "Write 0."
        page "json";
    NUMBER_NOT_DECIMAL = "VE117" Error "a number is not written as a decimal one"
        meaning "Numbers are decimal: no hexadecimal or octal form, no plus sign, no Infinity and no NaN."
        why "A number was written as a programming language has it."
        fix "Write it in decimal; for what is no number, use null."
        page "json";
    CRLF = "VE121" Error "lines end in CRLF"
        meaning "Lines end in a line feed alone."
        why "An editor or a checkout on Windows."
        fix "Save it with LF line endings."
        page "json";
    CARRIAGE_RETURN_IN_TEXT = "VE122" Error "a text has carriage returns"
        meaning "Line endings in texts are a line feed alone, too."
        why "The text comes from a form in a browser, which sends CRLF."
        fix "Replace CRLF by LF before the entity is made."
        page "json";
    BYTE_ORDER_MARK = "VE123" Error "the document begins with a byte order mark"
        meaning "JSON begins with its value. A byte order mark keeps parsers from reading it."
        why "An editor that saves UTF-8 with a mark."
        fix "Save it without."
        page "json";
    VERY_LARGE = "VE124" Warning "not all of a very large document is looked at"
        meaning "Of an object with more than 10,000 keys, and of a document with more than 100,000 values, the rules \
                 of the type are applied to the first ones, and to the fields that the documents know; to what has a \
                 key of more than 1,000 bytes, they are not applied."
        why "Data that does not belong into an entity, or an attack."
        fix "Keep large data elsewhere, and give its address."
        page "json";
    NOT_AN_OBJECT = "VE201" Error "the entity is not an object"
        meaning "An entity is one JSON object."
        why "An array of entities was sent at once, or a text that holds JSON."
        fix "Send each entity by itself."
        page "entities";
    FIELD_MISSING = "VE202" Error "a required field is missing"
        meaning "The field is required."
        why "It was left away since it had no value, or it is new since an older draft."
        fix "Add it. A list with nothing in it is []."
        page "entities";
    OPTIONAL_ABSENT = "VE203" Warning "optional fields are absent"
        meaning "On one page, optional fields have to be there as null, and must not be omitted (entities); on \
                 another, they may be omitted (json)."
        why "The pages do not agree, and implementations follow either."
        fix "Add them as null, which both pages allow: `validate --fix` does."
        page "entities";
    WRONG_TYPE = "VE204" Error "a value has the wrong JSON type"
        meaning "The field holds a value of another JSON type. Only optional fields can be null."
        why "A number or a boolean as a string, one thing where a list has to be, or null where a value is required."
        fix "Give it the type that the page has."
        page "entities";
    NO_TYPE = "VE205" Error "the entity has no type"
        meaning "Every entity has a type; only collections have none."
        why "The field was forgotten, or the document is a collection or something else."
        fix "Add it; for a collection, name it with --type."
        page "entities";
    UNKNOWN_TYPE = "VE206" Error "there is no such type"
        meaning "A type without a namespace is one of the types of the documents."
        why "A misspelt type, a type of an older draft, or a custom type without its namespace."
        fix "Compare with the list of entities; a type of your own is org.reversed.domain:extension/Name."
        page "entities";
    TYPE_NAME = "VE207" Error "a custom type is not named as it has to be"
        meaning "A custom type is a reversed domain, a colon, an extension in snake_case, a slash and a name in \
                 PascalCase."
        why "A part is missing."
        fix "Name it like com.example:polls/Vote."
        page "extensions";
    NAME_CASE = "VE208" Warning "a name is not in its case"
        meaning "On one page, extensions are named in snake_case and types in PascalCase (extensions); on \
                 another, an example has org.space:Zlorbs/Zlorb (entities)."
        why "The pages do not agree."
        fix "Write the extension in snake_case and the type in PascalCase."
        page "extensions";
    UNKNOWN_FIELD = "VE209" Note "a field that the documents do not have"
        meaning "The documents say nothing about a field of this name here. Some implementations refuse such an \
                 entity."
        why "A misspelt field, one of an older draft (`uri`, `collections`), or an extension outside of `extensions`."
        fix "Compare the name; put data of your own under `extensions`."
        page "entities";
    ID_OF_TRANSIENT = "VE210" Error "an id where there must be none"
        meaning "Transient entities, and instance metadata, have no id."
        why "All entities are made in one way."
        fix "Leave the id away."
        page "entities";
    CREATED_AT_DISPUTED = "VE211" Warning "created_at is absent, as in the page's own example"
        meaning "Every entity has a created_at (entities); the example on this type's own page has none."
        why "The pages do not agree."
        fix "Add it."
        page "entities";
    CUSTOM_WITHOUT_TIME = "VE212" Warning "a custom entity has no created_at"
        meaning "Custom entities have a created_at, unless who made the type says otherwise."
        why "The type does without, or it was forgotten."
        fix "Add it, unless the type's own page says otherwise."
        page "extensions";
    UNKNOWN_EXTENSION_TYPE = "VE213" Warning "there is no such type among the documents' extensions"
        meaning "The namespace is that of the documents, and they have no such type."
        why "A misspelt type (pub.versia:shares/Share for pub.versia:share/Share), or an extension that is newer \
             than this program."
        fix "Compare with the list of extensions."
        page "extensions";
    ID_CHARACTERS = "VE301" Error "an id has a character that ids may not have"
        meaning "An id has letters, digits, - and _ only, and is not empty."
        why "An address or a name was used as the id."
        fix "Use a UUID."
        page "entities";
    TIME_FORM = "VE302" Error "a time is not written as RFC 3339 has it"
        meaning "Times are RFC 3339: date, T, time, and Z or an offset, such as 2026-01-31T12:00:00Z."
        why "A date alone, a time without its offset, or Unix seconds."
        fix "Write it like 2026-01-31T12:00:00.000Z."
        page "types";
    TIME_IMPOSSIBLE = "VE303" Error "a time that there is not"
        meaning "The time is written rightly, but the calendar or the clock does not have it."
        why "The numbers were put together by hand."
        fix "Correct the day or the time."
        page "types";
    TIME_NOT_IN_UTC = "VE304" Note "a time is not in the usual form"
        meaning "RFC 3339 allows offsets, lower-case letters and a space; nearly everybody writes T and Z, and \
                 some read nothing else."
        why "A library that writes local time."
        fix "Write it in UTC, with T and Z."
        page "types";
    REFERENCE = "VE311" Error "a reference is not one"
        meaning "A reference is domain:id, or the id alone for what lives on the author's own instance; the id \
                 has letters, digits, - and _ only."
        why "An address (https://…), as drafts before 0.6 had it, or @user@domain."
        fix "Write domain:id."
        page "types";
    DOMAIN = "VE313" Error "a domain is not one"
        meaning "A domain is a hostname: no scheme, no port, no path, no trailing dot, no empty label; IDNs are \
                 in Punycode."
        why "An address or a host with a port was used."
        fix "Write the hostname alone."
        page "api/basics";
    ADDRESS = "VE314" Error "an address is not one"
        meaning "The value has to be the address of something on the web: http or https, and a host."
        why "A path without its host, or a text."
        fix "Write the whole address."
        page "types";
    VALUE_NOT_ALLOWED = "VE315" Error "a value is not one of those that are allowed"
        meaning "The field takes one of the values of its page."
        why "A misspelt value, or one of an older draft."
        fix "Use one of the values of the page."
        page "entities";
    USERNAME = "VE316" Error "a username has a character that usernames may not have"
        meaning "A username has letters, digits, - and _ only, and is not empty."
        why "The display name or a whole address was used."
        fix "Put the name for people into display_name."
        page "entities/user";
    NUMBER_NEGATIVE = "VE317" Error "a number is negative where it cannot be"
        meaning "The number is a count, a size or an index: it is 0 or more."
        why "A calculation, or -1 for what is not known."
        fix "Give the number, or null where it is not known."
        page "types";
    PUBLIC_KEY_FORM = "VE318" Error "a public key is not in its form"
        meaning "The key is base64 of an Ed25519 key's SPKI form: 60 characters that begin with MCowBQYDK2VwAyEA."
        why "The raw 32 bytes, or PEM."
        fix "`versia-cli key` converts between the forms."
        page "signatures";
    VERSION_FORM = "VE319" Warning "a version is not SemVer"
        meaning "The version of software should be one by SemVer, such as 1.2.0-beta.3."
        why "A date, a commit or a name is used as the version."
        fix "Write major.minor.patch."
        page "entities/instance-metadata";
    EXTENSION_NAME = "VE320" Error "an extension is not named as it has to be"
        meaning "An extension is a reversed domain, a colon and a name in snake_case."
        why "A part is missing."
        fix "Name it like com.example:gps."
        page "extensions";
    MEDIA_TYPE = "VE401" Error "a form is not named by a media type"
        meaning "A ContentFormat is an object whose keys are media types, such as text/html."
        why "The content was given directly, without the map."
        fix "Write {\"text/html\": {\"content\": \"…\", \"remote\": false}}."
        page "structures/content-format";
    WRONG_FORM = "VE402" Error "a form that does not belong here"
        meaning "The field takes texts only, or images only, or audio only."
        why "An image where a text has to be, or the other way round."
        fix "Leave this form away."
        page "structures/content-format";
    REMOTE_ABSENT = "VE403" Warning "remote is absent"
        meaning "`remote` is required (structures/content-format), but examples on other pages leave it out. Some \
                 implementations refuse a content without it."
        why "The pages do not agree."
        fix "Add \"remote\": false for what stands in the entity, and true for an address."
        page "structures/content-format";
    REMOTE_WRONG = "VE404" Error "remote is what it must not be here"
        meaning "A note's content stands in the note (remote: false); attachments are elsewhere (remote: true)."
        why "The value was copied from another content."
        fix "Change it, and the content with it."
        page "entities/note";
    REMOTE_WITHOUT_ADDRESS = "VE405" Error "remote content has no address"
        meaning "With remote: true, the content is the address at which it is fetched."
        why "The content itself was given."
        fix "Give the address, or make it remote: false."
        page "structures/content-format";
    HASH_FORM = "VE406" Error "a hash is not SHA-256 in hexadecimal"
        meaning "The hash is SHA-256, in 64 hexadecimal digits."
        why "Base64, or another hash."
        fix "`sha256sum FILE` prints it."
        page "structures/content-format";
    MIXED_FORMS = "VE407" Warning "forms of different kinds in one content"
        meaning "The forms of a ContentFormat are one content in several forms; unrelated ones are not mixed."
        why "Several attachments were put into one."
        fix "Make a ContentFormat of each."
        page "structures/content-format";
    NO_HTML = "VE408" Warning "a text has no form in HTML"
        meaning "Every text should have a form in HTML."
        why "The text is made for one client only."
        fix "Add text/html: the same text, escaped, is enough."
        page "structures/content-format";
    BINARY_INLINE = "VE409" Warning "a binary content is no address"
        meaning "The content of a binary form should be an address."
        why "The bytes were put into the entity."
        fix "Serve the file, and give its address."
        page "structures/content-format";
    EMOJI_NAME = "VE501" Error "an emoji is not named as it has to be"
        meaning "The name of a custom emoji is letters, digits, - and _ between two characters that are none of \
                 these, such as colons."
        why "The name was given without its colons."
        fix "Write :happy_face:."
        page "extensions/custom-emojis";
    VOTE_COUNTS = "VE502" Error "a poll has not one vote count for each option"
        meaning "`votes` has as many numbers as `options` has options."
        why "An option was added or taken away."
        fix "Give one number for each option, 0 where nobody voted."
        page "extensions/polls";
    EXACTLY_ONE = "VE503" Error "of two fields, not exactly one is given"
        meaning "Of these fields, one is given, and not both."
        why "Both were filled in, or none."
        fix "Give one of them; null counts as not given."
        page "extensions";
    INTERACTION = "VE504" Error "an interaction or a group of people that there is not"
        meaning "Interactions are reply, quote, or extension#Name; the groups are everyone, mentioned, followers, \
                 following, mutuals and group."
        why "A misspelt name, or a slash instead of the #."
        fix "Use one of the names of the page."
        page "extensions/interaction-controls";
    INTERACTION_FOLLOWED = "VE505" Warning "the group `followed`"
        meaning "The page's list of groups has `following`; only the type beside it has `followed`."
        why "The page does not agree with itself."
        fix "Write following."
        page "extensions/interaction-controls";
    BIRTHDAY = "VE506" Warning "a birthday without a time"
        meaning "A birthday is RFC 3339, with a time; the page's own example has the date alone."
        why "The page does not agree with itself."
        fix "Write 1998-04-12T00:00:00Z, or leave it if those who read it take the date."
        page "extensions/vanity";
    SERVER_NOT_JSON = "VE601" Error "Versia Server 0.9 cannot parse it"
        meaning "The server answers 500 to what is not JSON."
        why "See VE102."
        fix "Have a JSON library write it."
        page "json";
    SERVER_TYPE = "VE602" Error "Versia Server 0.9 does not handle this type"
        meaning "The server handles the core types without Unfollow, and likes, shares and reactions; anything \
                 else it refuses."
        why "The extension is not implemented there."
        fix "Nothing that the sender can do."
        page "extensions";
    SERVER_FIELD_MISSING = "VE603" Error "Versia Server 0.9 wants a field that is missing"
        meaning "The server refuses the entity without this field."
        why "The field is optional in the documents, or the entity is not valid."
        fix "Add it."
        page "entities";
    SERVER_UNKNOWN_FIELD = "VE604" Error "Versia Server 0.9 refuses fields that it does not know"
        meaning "The server takes no field beside those that it knows; extensions are free."
        why "A field of an older draft, or one that the server handles differently."
        fix "Leave it away."
        page "entities";
    SERVER_VALUE = "VE605" Error "Versia Server 0.9 refuses this value"
        meaning "The server wants another value here."
        why "The entity is not valid, or the server is stricter than the documents."
        fix "Compare with the page."
        page "entities";
    SERVER_MEDIA_TYPE = "VE606" Error "Versia Server 0.9 does not know this media type"
        meaning "The server takes the media types of a fixed list, without parameters."
        why "A type that is rare, such as text/x.misskeymarkdown."
        fix "Give the content in a form that is common as well, and leave this one away."
        page "structures/content-format";
    SERVER_CONTENT = "VE607" Error "Versia Server 0.9 wants this content otherwise"
        meaning "A text there has `content` and \"remote\": false only; an attachment is no text, has \"remote\": \
                 true, and neither fps nor duration."
        why "The server is stricter than the documents."
        fix "Leave the other fields away."
        page "structures/content-format";
    SERVER_EMOJI = "VE608" Error "Versia Server 0.9 wants a custom emoji's image as `url`"
        meaning "The documents call the image of a custom emoji `content`; the server wants `url`, and refuses \
                 `content`."
        why "The server follows an older draft."
        fix "One entity cannot please both: leave the emojis away for this server."
        page "extensions/custom-emojis";
    SERVER_ID_LENGTH = "VE609" Error "Versia Server 0.9 takes ids of up to 512 characters"
        meaning "The documents have no such limit."
        why "Ids that hold data."
        fix "Use a UUID."
        page "entities";
    SERVER_TIME = "VE610" Error "Versia Server 0.9 cannot read this time"
        meaning "The server reads times as JavaScript's Date does, and this one it cannot."
        why "The time is not RFC 3339."
        fix "Write it like 2026-01-31T12:00:00.000Z."
        page "types";
}
