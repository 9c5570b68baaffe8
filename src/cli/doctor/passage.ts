// What stands between does to requests and answers: it may hold them back, cut them short or write them anew.
import { endpoint, isShut } from './endpoint.ts'
import { bad, good, skipped, warning, type Finding } from './finding.ts'
import type { HttpAnswer, HttpQuestion } from './probe.ts'

type Ask = (question: HttpQuestion) => Promise<HttpAnswer>

const query = `${endpoint}?Cmd=SendMail&DeviceId=EASELDOCTOR&DeviceType=EaselDoctor`
/** A beginning that fills the buffers everybody has, and no more. */
const beginningBytes = 64 * 1024
/** Easel answers within milliseconds, for it wants to know first who asks. */
const promptSeconds = 8

/**
 * Announces a message of this size, without a password, and sends its beginning alone: a server that is asked directly says 401 at once.
 */
export async function judgeBodies(ask: Ask, messageMegabytes: number): Promise<Finding> {
  const subject = 'large messages'
  const bytes = Math.floor(messageMegabytes * 1024 * 1024)
  const headers = { 'content-type': 'application/vnd.ms-sync.wbxml', 'ms-asprotocolversion': '16.1' }
  const question = {
    method: 'POST',
    path: query,
    headers,
    body: Buffer.alloc(beginningBytes),
    announcedBytes: bytes,
    timeoutSeconds: promptSeconds,
  }
  let answer: HttpAnswer
  try {
    answer = await ask(question)
  } catch (error) {
    if (!(error instanceof Error) || !/abort|timeout/i.test(error.name)) throw error
    return warning(
      subject,
      'Whatever stands between holds a message back until it is whole (have it pass bodies on as they come: proxy_request_buffering off, no http-buffer-request), or does not listen for an answer until then, as Apache does, which is harmless.',
    )
  }
  if (answer.status === 413) {
    return bad(
      subject,
      `A message of ${Math.floor(messageMegabytes)} MB is refused with HTTP 413 before Easel sees it: raise the limit (client_max_body_size, LimitRequestBody, max_size), or lower mail.messageMegabytesMax.`,
    )
  }
  // Easel's own 403 stands for a 401 where it asks nobody for a password.
  return answer.status === 401 || isShut(answer)
    ? good(subject, `Messages of up to ${Math.floor(messageMegabytes)} MB are let through, as they come.`)
    : skipped(subject, `The beginning of a message is answered with HTTP ${answer.status}.`)
}

/** Whether answers come as they were sent. Easel says the length of this one, and does not compress it. */
export async function judgeAnswers(ask: Ask): Promise<Finding> {
  const subject = 'answers'
  const path = '/autodiscover/autodiscover.json?Protocol=ActiveSync'
  const headers = { 'accept-encoding': 'gzip' }
  const { headers: told } = await ask({ method: 'GET', path, headers, timeoutSeconds: promptSeconds })
  const encoding = told['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') {
    return warning(
      subject,
      `The proxy compresses answers (${encoding}), and holds them back for that: turn it off, Easel does it where it is worth it.`,
    )
  }
  if (told['content-length'] === undefined) {
    return warning(
      subject,
      'Answers come without their length: a proxy writes them anew (a filter, a cache). Some phones wait for the length; have it pass answers on as they are.',
    )
  }
  return good(subject, 'Answers come as they were sent.')
}
