//! What is wrong with a seller definition, all of it at once, and where in its file.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};

use crate::quote::excerpt;

/// How many problems are told one by one.
const TOLD_MAX: usize = 20;

/// One thing that is wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The bytes of the file that it is about; `None` where it is about the file as a whole.
    pub span: Option<Range<usize>>,
    /// What is wrong and what to do.
    pub message: String,
}

/// A seller definition that cannot be used; its `Display` has a line for each problem, with its place.
#[derive(Debug, Clone)]
pub struct DefinitionError(Box<Findings>);

#[derive(Debug, Clone)]
struct Findings {
    file: String,
    source: NamedSource<Arc<str>>,
    problems: Vec<Problem>,
    places: Vec<(usize, usize)>,
}

impl DefinitionError {
    pub(super) fn new(file: &str, text: &str, problems: Vec<Problem>) -> Self {
        let places = problems.iter().map(|problem| place(text, problem.span.as_ref())).collect();
        let source = NamedSource::new(file, Arc::from(text)).with_language("toml");
        Self(Box::new(Findings { file: file.to_owned(), source, problems, places }))
    }

    /// The file, as it was named.
    pub fn file(&self) -> &str {
        &self.0.file
    }

    /// All that is wrong, in the order in which it was found; never empty.
    pub fn problems(&self) -> &[Problem] {
        &self.0.problems
    }
}

impl fmt::Display for DefinitionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Findings { file, problems, places, .. } = &*self.0;
        write!(f, "use the seller definition {file}")?;
        for (problem, (line, column)) in problems.iter().zip(places).take(TOLD_MAX) {
            write!(f, "\n  {file}:{line}:{column}: {}", problem.message)?;
        }
        match problems.len().saturating_sub(TOLD_MAX) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

impl std::error::Error for DefinitionError {}

impl Diagnostic for DefinitionError {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.0.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.0.problems.iter().filter_map(|problem| {
            let span = problem.span.clone()?;
            Some(LabeledSpan::new_with_span(Some(problem.message.clone()), span))
        })))
    }

    fn url<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new("docs/sellers.md"))
    }
}

/// Line and column, both from one, of where a span begins.
fn place(text: &str, span: Option<&Range<usize>>) -> (usize, usize) {
    let start = span.map_or(0, |span| span.start);
    let before = text.get(..start).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

/// The problems found so far.
#[derive(Debug, Default)]
pub(in crate::seller) struct Report {
    problems: Vec<Problem>,
}

impl Report {
    /// Notes a problem with the text at `span`.
    pub(in crate::seller) fn at(&mut self, span: Range<usize>, message: impl Into<String>) {
        self.problems.push(Problem { span: Some(span), message: excerpt(&message.into()) });
    }

    /// Notes a problem with the file as a whole.
    pub(super) fn whole(&mut self, message: impl Into<String>) {
        self.problems.push(Problem { span: None, message: excerpt(&message.into()) });
    }

    /// The value, or nothing and a note of why.
    pub(in crate::seller) fn take<T, E: fmt::Display>(
        &mut self,
        span: Range<usize>,
        result: Result<T, E>,
        advice: &str,
    ) -> Option<T> {
        result.map_err(|error| self.at(span, format!("cannot {error}; {advice}"))).ok()
    }

    /// The problems; those with a place beyond `length`, which stand in the base, lose it.
    pub(super) fn into_problems(self, length: usize) -> Vec<Problem> {
        let placed = |problem: Problem| match &problem.span {
            Some(span) if span.end > length => {
                Problem { span: None, message: format!("{} (in what it is based on)", problem.message) }
            }
            Some(_) | None => problem,
        };
        self.problems.into_iter().map(placed).collect()
    }
}
