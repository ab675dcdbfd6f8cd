//! An agent that works for a given time: it reads the request, works, and answers what the request was about.

use super::{Agent, AgentError, Answer, Request};
use std::collections::BTreeMap;
use std::time::Duration;

/// The longest prompt, in bytes.
const LONGEST: usize = 64 * 1024;

/// An agent that says how many words a prompt has and which of them it has most.
#[derive(Clone, Debug)]
pub struct Worker {
    name: String,
    work: Duration,
}

impl Worker {
    /// An agent that works so long for an answer.
    pub fn new(name: impl Into<String>, work: Duration) -> Self {
        Self { name: name.into(), work }
    }

    /// Works 10 ms.
    pub fn fast() -> Self {
        Self::new("fast", Duration::from_millis(10))
    }

    /// Works 50 ms.
    pub fn brisk() -> Self {
        Self::new("brisk", Duration::from_millis(50))
    }

    /// Works 100 ms.
    pub fn medium() -> Self {
        Self::new("medium", Duration::from_millis(100))
    }

    /// Works 300 ms.
    pub fn slow() -> Self {
        Self::new("slow", Duration::from_millis(300))
    }
}

impl Agent for Worker {
    async fn invoke(&self, request: &Request) -> Result<Answer, AgentError> {
        let text = summary(&request.prompt)?;
        tokio::time::sleep(self.work).await;
        Ok(Answer { agent: self.name.clone(), text })
    }
}

fn summary(prompt: &str) -> Result<String, AgentError> {
    if prompt.len() > LONGEST {
        let length = prompt.len();
        return Err(AgentError::Invalid(format!("the prompt has {length} bytes, more than {LONGEST}")));
    }
    let words = prompt.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for word in words {
        *counts.entry(word.to_lowercase()).or_default() += 1;
    }
    let most = counts.iter().reduce(|best, next| if next.1 > best.1 { next } else { best });
    let Some((word, times)) = most else { return Err(AgentError::Invalid("the prompt has no words".to_owned())) };
    Ok(format!("{} words, most often {word} ({times})", counts.values().sum::<usize>()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    #[test]
    fn a_summary_counts_words_whatever_their_case() {
        assert_eq!(summary("The tree, the root; the leaf.").unwrap(), "6 words, most often the (3)");
        assert_eq!(summary("b a").unwrap(), "2 words, most often a (1)");
        assert_eq!(summary(" ,. ").unwrap_err().to_string(), "the prompt has no words");
        let long = "a".repeat(LONGEST + 1);
        assert_eq!(summary(&long).unwrap_err().to_string(), "the prompt has 65537 bytes, more than 65536");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_takes_its_work_and_a_refusal_none() {
        for (agent, work) in
            [(Worker::fast(), 10), (Worker::brisk(), 50), (Worker::medium(), 100), (Worker::slow(), 300)]
        {
            let start = Instant::now();
            let answer = agent.invoke(&Request::new("ada", "one two two")).await.unwrap();
            assert_eq!(start.elapsed(), Duration::from_millis(work), "{answer:?}");
            assert_eq!(answer, Answer { agent: agent.name, text: "3 words, most often two (2)".to_owned() });
        }
        let start = Instant::now();
        assert!(Worker::slow().invoke(&Request::new("ada", "")).await.is_err());
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}
