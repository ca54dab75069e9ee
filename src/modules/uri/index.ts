import { guarded, guardScript } from '../commands/run.ts'
import { type Controller, defineAction } from '../define.ts'
import { args, type UriArguments } from './arguments.ts'
import { bodyOf } from './body.ts'
import { lowered } from './config.ts'
import { requestScript, type UriWish } from './request.ts'
import { uriReport } from './response.ts'

async function prepare(given: UriArguments, controller: Controller): Promise<UriWish> {
  const { content, type } = await bodyOf(given, controller)
  const own = 'content-type' in lowered(given.headers) && given.body_format !== 'form-multipart'
  const written = Object.entries(given.headers).filter(([name]) => own || name.toLowerCase() !== 'content-type')
  const headers = { ...Object.fromEntries(written), ...(type === undefined || own ? {} : { 'Content-Type': type }) }
  const onHost = given.src !== undefined && given.remote_src
  return { given, headers, content, sends: content !== undefined || onHost }
}

/** Requests over HTTP, sent by the host itself, as Ansible's `uri`. */
export default defineAction<typeof args, UriWish>({
  name: 'uri',
  doc: {
    summary: 'Send an HTTP request from the host, with its curl or GNU wget',
    checkMode: 'Nothing is sent.',
    example: `- uri:
    url: http://127.0.0.1:9200/_cluster/health
    url_username: monitor
    url_password: "{{ monitor_password }}"
    return_content: true
  register: health
  until: health.status == 200
  retries: 30`,
    returns: {
      status: 'the status code; -1 when there was no answer',
      url: 'the address that answered',
      redirected: 'whether that is another one',
      json: 'the answer, where it is JSON',
      content: 'with return_content: the answer as text',
      cookies: 'name → value',
      path: 'with dest: the file',
      content_type: 'and every other header, in small letters with underscores',
      msg: 'OK, or what went wrong',
    },
  },
  args,
  prepare,
  guard: ({ given: { creates, removes } }) => guardScript({ chdir: undefined, creates, removes }),
  satisfied: ({ given }, output) => guarded(given, output),
  run: requestScript,
  report: uriReport,
})
