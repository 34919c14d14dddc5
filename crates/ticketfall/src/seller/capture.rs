//! Answers that somebody saved: the body alone, or with its status and headers, or quoted in a documentation.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::transport::Answer;

/// What begins and ends a quotation in documentation.
const FENCES: [(&str, &str); 2] = [("{% highlight", "{% endhighlight"), ("```", "```")];

/// Reads a saved answer; one without a status was accepted.
pub(super) fn read(bytes: &[u8]) -> Answer {
    let whole =
        || Answer { status: StatusCode::OK, headers: HeaderMap::new(), body: Bytes::copy_from_slice(bytes) };
    let Ok(text) = std::str::from_utf8(bytes) else { return whole() };
    if matches!(text.trim_start().as_bytes().first(), Some(b'<' | b'[')) {
        return whole();
    }
    with_headers(text).or_else(|| quoted(text)).unwrap_or_else(whole)
}

/// An answer with its status line and headers; the last, where a file has several.
fn with_headers(text: &str) -> Option<Answer> {
    let start = text.rfind("\nHTTP/").map(|at| at + 1).or_else(|| text.starts_with("HTTP/").then_some(0))?;
    let (head, body) = split_head(&text[start..])?;
    let mut lines = head.lines();
    let status = lines.next()?.split_whitespace().nth(1)?.parse().ok()?;
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        if let (Ok(name), Ok(value)) =
            (name.trim().parse::<HeaderName>(), value.trim().parse::<HeaderValue>())
        {
            headers.append(name, value);
        }
    }
    let end = FENCES.iter().filter_map(|(_, end)| body.find(end)).min().unwrap_or(body.len());
    Some(Answer { status, headers, body: Bytes::copy_from_slice(&body.as_bytes()[..end]) })
}

fn split_head(text: &str) -> Option<(&str, &str)> {
    let blank = [text.find("\r\n\r\n").map(|at| (at, 4)), text.find("\n\n").map(|at| (at, 2))];
    let (at, length) = blank.into_iter().flatten().min()?;
    Some((&text[..at], &text[at + length..]))
}

/// The first JSON that a documentation quotes.
fn quoted(text: &str) -> Option<Answer> {
    FENCES.iter().find_map(|(begin, end)| {
        let quotations = text.split(begin).skip(1).filter_map(|part| part.split(end).next());
        quotations.into_iter().find_map(json_in)
    })
}

fn json_in(quotation: &str) -> Option<Answer> {
    let start = quotation.find(['{', '['])?;
    let (value, _) = super::dialects::tolerant(&quotation[start..]).ok()?;
    let body = Bytes::from(value.to_string());
    Some(Answer { status: StatusCode::OK, headers: HeaderMap::new(), body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_alone_is_an_accepted_answer() {
        for text in ["<p>HTTP/1.1 404", "[1]", "{\"a\": 1}", ""] {
            let answer = read(text.as_bytes());
            assert_eq!((answer.status.as_u16(), &*answer.body), (200, text.as_bytes()));
        }
    }

    #[test]
    fn status_and_headers_are_read_where_they_were_saved() {
        let text =
            "GET /a HTTP/1.1\r\nHost: t.example\r\n\r\nHTTP/1.1 429 Slow down\r\nRetry-After: 30\r\n\r\n{}";
        let answer = read(text.as_bytes());
        assert_eq!((answer.status.as_u16(), &*answer.body), (429, b"{}".as_slice()));
        assert_eq!(answer.headers["retry-after"], "30");
    }

    #[test]
    fn an_answer_is_found_in_documentation() {
        let text = "# An API\n\n```\ncurl it\n```\n```json\nStatus 200\n[{id: \"7\",}]\n```\n";
        assert_eq!(&*read(text.as_bytes()).body, br#"[{"id":"7"}]"#);
    }
}
