/** Every golden of src/proxy/testdata in a real kernel, without a proxy, crossed by real packets. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { goldens } from '../../src/proxy/testing/goldens.ts'
import { inNamespaces } from '../../src/testing/index.ts'
import { curl, NODE_IP, proxyNetwork, REFUSED, TIMED_OUT } from './proxy-network.ts'

/** From where, to where, and who may answer with which address of the client in sight. */
const CROSSINGS: Readonly<Record<string, readonly (readonly [from: string, url: string, answers: readonly string[]])[]>> = {
  'several-ports': [
    ['pod-b', 'http://10.96.0.10', ['pod-a 10.244.0.3', 'pod-c 10.244.0.3']],
    ['pod-b', 'http://10.96.0.10:443', [REFUSED]],
    ['pod-b', 'http://10.96.0.10:8080', [REFUSED]],
  ],
  'local-node-port': [
    ['outside', `http://${NODE_IP}:30011`, ['pod-a 192.168.1.10']],
    ['pod-b', `http://${NODE_IP}:30011`, ['pod-a 10.244.0.3', 'pod-c 10.244.0.3']],
    ['pod-b', 'http://10.96.0.11', ['pod-a 10.244.0.3', 'pod-c 10.244.0.3']],
  ],
  guarded: [
    ['outside', 'http://192.168.1.64', [TIMED_OUT]],
    ['pod-b', 'http://10.96.0.12', ['pod-a 10.244.0.3|pod-c 10.244.0.3']],
  ],
  leaving: [
    ['pod-b', 'http://10.96.0.13', ['pod-c 10.244.0.3']],
    ['pod-b', 'http://10.96.0.99', [TIMED_OUT]],
  ],
}

inNamespaces(import.meta.filename, ['net', 'mount', 'pid'], () => {
  const network = proxyNetwork()

  for (const { name, whole } of goldens()) {
    test(`packets cross ${name} [NET-2] [NET-3] [NET-4] [NET-5] [NET-7]`, async () => {
      network.stop() // or it would put right what it didn't write
      execFileSync('nft', ['-f', '-'], { input: whole })
      for (const [from, url, expected] of CROSSINGS[name]!) {
        await curl(from, url) // whoever is kept is kept from now on
        const answers = await Promise.all(Array.from({ length: 24 }, () => curl(from, url)))
        const kept = expected.length === 1 && expected[0]!.includes('|')
        if (kept) assert.ok(expected[0]!.split('|').includes(answers[0]!))
        assert.deepEqual([...new Set(answers)].sort(), kept ? [answers[0]!] : expected, `${from} to ${url}`)
      }
    })
  }
})
