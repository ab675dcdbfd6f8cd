//! Several agents for one request.

use super::{Agent, AgentError, Answer, Request};
use std::sync::Arc;
use tokio::task::JoinSet;

/// One agent after the other: each is asked what the one before answered. Returns every answer in order.
///
/// # Errors
/// The first agent's that fails; those after it are not asked.
pub async fn sequence<A: Agent>(agents: &[A], request: &Request) -> Result<Vec<Answer>, AgentError> {
    let mut answers: Vec<Answer> = Vec::with_capacity(agents.len());
    for agent in agents {
        let answer = match answers.last() {
            None => agent.invoke(request).await?,
            Some(before) => agent.invoke(&Request::new(&request.caller, &before.text)).await?,
        };
        answers.push(answer);
    }
    Ok(answers)
}

/// All agents at once, each asked the same. Returns every answer, in the order of the agents.
///
/// # Errors
/// The first failure; the agents that are still at work are stopped, as they are when this is dropped.
pub async fn parallel<A: Agent + 'static>(agents: &[Arc<A>], request: &Request) -> Result<Vec<Answer>, AgentError> {
    let request = Arc::new(request.clone());
    let mut at_work = JoinSet::new();
    for (index, agent) in agents.iter().enumerate() {
        let (agent, request) = (Arc::clone(agent), Arc::clone(&request));
        at_work.spawn(async move { (index, agent.invoke(&request).await) });
    }
    let mut answers: Vec<(usize, Answer)> = Vec::with_capacity(agents.len());
    while let Some(done) = at_work.join_next().await {
        let (index, answer) = done?;
        answers.push((index, answer?));
    }
    answers.sort_unstable_by_key(|(index, _)| *index);
    Ok(answers.into_iter().map(|(_, answer)| answer).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::Worker;
    use std::time::Duration;
    use tokio::time::Instant;

    fn workers(count: u64, work: u64) -> Vec<Worker> {
        (0..count).map(|i| Worker::new(format!("agent {i}"), Duration::from_millis(work))).collect()
    }

    fn names(answers: &[Answer]) -> Vec<&str> {
        answers.iter().map(|answer| answer.agent.as_str()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_sequence_hands_answers_on_and_takes_the_sum() {
        let start = Instant::now();
        let answers = sequence(&workers(3, 50), &Request::new("ada", "one two two")).await.unwrap();
        assert_eq!(start.elapsed(), Duration::from_millis(150));
        assert_eq!(names(&answers), ["agent 0", "agent 1", "agent 2"]);
        // The second is asked "3 words, most often two (2)": six words, all of them once.
        assert_eq!(answers[1].text, "6 words, most often 2 (1)");
    }

    #[tokio::test(start_paused = true)]
    async fn parallel_agents_take_as_long_as_the_slowest() {
        let agents: Vec<Arc<Worker>> =
            [30, 10, 20].map(|work| Arc::new(Worker::new(work.to_string(), Duration::from_millis(work)))).to_vec();
        let start = Instant::now();
        let answers = parallel(&agents, &Request::new("ada", "words")).await.unwrap();
        assert_eq!(start.elapsed(), Duration::from_millis(30));
        assert_eq!(names(&answers), ["30", "10", "20"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_ends_both() {
        let wordless = Request::new("ada", "?");
        assert!(matches!(sequence(&workers(3, 50), &wordless).await, Err(AgentError::Invalid(_))));
        let agents: Vec<Arc<Worker>> = workers(3, 50).into_iter().map(Arc::new).collect();
        assert!(matches!(parallel(&agents, &wordless).await, Err(AgentError::Invalid(_))));
        assert!(sequence::<Worker>(&[], &wordless).await.unwrap().is_empty());
    }
}
