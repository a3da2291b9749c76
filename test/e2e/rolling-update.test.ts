/** A Deployment is replaced Pod by Pod while clients connect to its Service all the time. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { after, before, test } from 'node:test'
import { eventually } from '../../src/testing/index.ts'
import { type TestCluster, testCluster } from './cluster.ts'

const WANTED = 20_000
const ROLLOUTS = 3

/** Answers, and after SIGTERM answers what has been asked already: what Kubernetes expects of a server. */
const SERVER = `
const server = require('http').createServer((q, r) => r.end(process.env.VERSION)).listen(8080)
process.on('SIGTERM', () => server.close(() => process.exit(0)))`

/** A connection for every request, sixteen at a time, until it is told to end; then what became of them. */
const CLIENT = `
const { request } = require('http')
let [done, ended] = [0, false]
const failures = {}, versions = {}
const ask = () => new Promise((resolve) => {
  const fail = (error) => resolve((failures[error.code ?? error.message] = (failures[error.code ?? error.message] ?? 0) + 1))
  const q = request({ host: process.argv[1], port: 80, agent: false, timeout: 3000 }, (r) => {
    let text = ''
    r.on('data', (piece) => (text += piece)).on('error', fail)
    r.on('end', () => { done++; versions[text] = (versions[text] ?? 0) + 1; resolve() })
  })
  q.on('timeout', () => q.destroy(new Error('timeout'))).on('error', fail).end()
})
const work = async () => { while (!ended) await ask() }
process.stdin.on('data', () => (ended = true))
setInterval(() => process.stderr.write(done + '\\n'), 100).unref()
Promise.all(Array.from({ length: 16 }, work)).then(() => { console.log(JSON.stringify({ done, failures, versions })); process.exit() })`

const deployment = (version: number): string =>
  JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas: 4,
      selector: { matchLabels: { app: 'web' } },
      strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 2 } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: {
          containers: [
            {
              name: 'web',
              image: 'host',
              command: ['node', '-e', SERVER],
              env: [{ name: 'VERSION', value: String(version) }],
              readinessProbe: { httpGet: { port: 8080, path: '/' }, periodSeconds: 1 },
              lifecycle: { preStop: { sleep: { seconds: 1 } } },
            },
          ],
        },
      },
    },
  })

let cluster: TestCluster
before(async () => {
  cluster = await testCluster()
  await cluster.kubectl('apply -f -', deployment(0))
  await cluster.kubectl('expose deployment web --port=80 --target-port=8080 --type=NodePort')
  await cluster.kubectl('rollout status deployment/web --timeout=60s')
  await cluster.kubectl('run client --image=host --restart=Never -- sleep 600')
  await cluster.kubectl('wait --for=condition=Ready pod/client --timeout=30s')
})
after(() => cluster.remove())

interface Report {
  readonly done: number
  readonly failures: Record<string, number>
  readonly versions: Record<string, number>
}

/** A client that goes on until it is stopped. */
function startClient(address: string) {
  const child: ChildProcess = spawn(cluster.kubectlPath, ['exec', '-i', 'client', '--', 'node', '-e', CLIENT, address], {
    env: cluster.env,
  })
  let [out, done] = ['', 0]
  child.stdout?.on('data', (piece) => (out += String(piece)))
  child.stderr?.on('data', (piece) => (done = Number(String(piece).trim().split('\n').at(-1)) || done))
  return {
    done: () => done,
    async stop(): Promise<Report> {
      const ended = new Promise((resolve) => child.on('close', resolve))
      child.stdin?.end('enough\n')
      await ended
      return JSON.parse(out)
    },
  }
}

test(`rolling updates under load lose none of ${WANTED} requests [NET-12] [POD-2]`, async () => {
  const client = startClient(await cluster.kubectl('get svc web -o jsonpath={.spec.clusterIP}'))
  for (let version = 1; version <= ROLLOUTS || client.done() < WANTED; version++) {
    await cluster.kubectl('apply -f -', deployment(version))
    await cluster.kubectl('rollout status deployment/web --timeout=60s')
  }
  await eventually(() => assert.ok(client.done() >= WANTED), { within: 60_000 })
  const { done, failures, versions } = await client.stop()
  assert.deepEqual(failures, {}, `of ${done} requests`)
  assert.ok(done >= WANTED, `${done} requests`)
  assert.ok(Object.keys(versions).length >= ROLLOUTS, JSON.stringify(versions))
})
