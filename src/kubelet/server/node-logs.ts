import { createReadStream } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { join, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Refusal } from './refusal.ts'

/**
 * Answers `/logs/…` with what the node keeps of its Pods' output: a folder as links to what is in it, a file as it is
 * (upstream serves the machine's /var/log so). Nothing outside of `root` is told, wherever a link in it may lead.
 */
export async function answerNodeLogs(root: string, names: readonly string[], response: ServerResponse): Promise<void> {
  const top = await realpath(root).catch(notThere)
  const path = await realpath(join(top, ...names.map(decodeURIComponent))).catch(notThere)
  if (path !== top && !path.startsWith(top + sep)) throw new Refusal(404, NOT_FOUND)
  if ((await stat(path)).isFile()) {
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' })
    return pipeline(createReadStream(path), response)
  }
  const entries = await readdir(path, { withFileTypes: true })
  const links = entries
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .toSorted()
    .map((name) => `<a href="${encodeURI(name)}">${escapeHtml(name)}</a>\n`)
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(`<!doctype html>\n<pre>\n${links.join('')}</pre>\n`)
}

const NOT_FOUND = '404 page not found'

function notThere(): never {
  throw new Refusal(404, NOT_FOUND)
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escapeHtml = (text: string): string => text.replaceAll(/[&<>"]/g, (letter) => ENTITIES[letter] ?? letter)
