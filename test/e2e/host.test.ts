/** The computer around a cluster: a network namespace that this test makes stands for it. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { after, before, test } from 'node:test'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { eventually } from '../../src/testing/index.ts'
import { makeComputer, prepareCluster, type TestCluster } from './cluster.ts'

const run = promisify(execFile)
const SERVER = "require('http').createServer((q, r) => r.end('a Pod')).listen(8080)"
const PROGRAM = "require('http').createServer((q, r) => r.end('this computer')).listen(3000, '127.0.0.1')"

let host: Awaited<ReturnType<typeof makeComputer>>
let cluster: TestCluster
const started: ChildProcess[] = []

/** Runs a program on the computer. */
const here = (...command: string[]) => run('nsenter', [`--net=/proc/${host.pid}/ns/net`, ...command])
const ask = async (url: string): Promise<string> => (await here('curl', '-s', '--max-time', '2', url)).stdout

before(async () => {
  host = await makeComputer()
  cluster = await prepareCluster({ on: host.pid })
  const { code, error } = await cluster.portolan(
    'up',
    '--service-cidr',
    '10.0.0.0/16',
    '--load-balancer-pool',
    '192.168.1.240/30',
  )
  assert.equal(code, 0, error)
  await cluster.kubectlWords(['create', 'deployment', 'web', '--image=host', '--replicas=2', '--', 'node', '-e', SERVER])
  await cluster.kubectl('expose deployment web --port=80 --target-port=8080 --type=LoadBalancer')
  await cluster.kubectl('rollout status deployment/web --timeout=60s')
})
after(async () => {
  await cluster?.remove()
  for (const child of started) child.kill('SIGKILL')
  host?.end()
})

const field = (path: string, name = 'web'): Promise<string> => cluster.kubectl(`get svc ${name} -o jsonpath={${path}}`)

test('cluster IPs, load balancer addresses and node ports are reached from the computer, also on its 127.0.0.1 [OPS-4] [NET-4] [NET-5]', async () => {
  const nodePort = await field('.spec.ports[0].nodePort')
  const balanced = await eventually(async () => {
    const ip = await field('.status.loadBalancer.ingress[0].ip')
    assert.equal(ip, '192.168.1.240')
    return ip
  })
  for (const where of [await field('.spec.clusterIP'), balanced, `192.168.1.2:${nodePort}`, `127.0.0.1:${nodePort}`])
    await eventually(async () => assert.equal(await ask(`http://${where}/`), 'a Pod', where))
})

test('a cluster of other ranges gives the cluster IP that a manifest wishes for, and the computer reaches it [OPS-4] [SVC-7]', async () => {
  await cluster.kubectl(`apply -f ${join(import.meta.dirname, '../../examples/concepts')}/load-balancer.yaml`)
  await cluster.kubectlWords([
    'patch',
    'svc',
    'my-service',
    '-p',
    '{"spec":{"selector":{"app":"web","app.kubernetes.io/name":null},"ports":[{"port":80,"targetPort":8080}]}}',
  ])
  await eventually(async () => assert.equal(await ask('http://10.0.171.239/'), 'a Pod'))
})

test('a node port that goes is closed on 127.0.0.1, too [OPS-4] [SVC-8]', async () => {
  const nodePort = await field('.spec.ports[0].nodePort')
  await cluster.kubectlWords(['patch', 'svc', 'web', '-p', '{"spec":{"type":"ClusterIP"}}'])
  await eventually(() => assert.rejects(here('curl', '-s', '--max-time', '2', `http://127.0.0.1:${nodePort}/`), { code: 7 }))
})

test('a program that listens on 127.0.0.1 stands behind a Service, over a restart of the control plane too [OPS-4] [EPS-4]', async () => {
  started.push(spawn('nsenter', [`--net=/proc/${host.pid}/ns/net`, process.execPath, '-e', PROGRAM], { stdio: 'ignore' }))
  const { code, out, error } = await cluster.portolan('expose', 'localhost:3000', '--as', 'svc/api', '--port', '80')
  assert.equal(code, 0, error)
  assert.match(out, /svc\/api \(10\.\d+\.\d+\.\d+\) leads to localhost:3000; from a Pod: curl http:\/\/api\.default:80/)
  const fromPod = (): Promise<string> => cluster.kubectl('exec deploy/web -- curl -s --max-time 2 http://api/')
  await eventually(async () => assert.equal(await fromPod(), 'this computer'), { within: 10_000 })

  await cluster.kill('control-plane')
  await eventually(async () => assert.equal(await fromPod(), 'this computer'), { within: 20_000 })

  assert.equal((await cluster.portolan('expose', '--remove', '--as', 'svc/api')).code, 0)
  await eventually(async () =>
    assert.equal(await cluster.kubectl('get endpointslices -l kubernetes.io/service-name=api -o name'), ''),
  )
})

test('a program of the computer stands behind a Service of both families, by both [OPS-4] [SVC-9]', async () => {
  const spec = { ipFamilyPolicy: 'RequireDualStack', ports: [{ port: 80 }] }
  await cluster.kubectl('create -f -', JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'both' }, spec }))
  assert.equal((await cluster.portolan('expose', 'localhost:3000', '--as', 'svc/both')).code, 0)
  const [four, six] = JSON.parse(await field('.spec.clusterIPs', 'both')) as string[]
  for (const url of [`http://${four}/`, `http://[${six}]/`])
    await eventually(async () =>
      assert.equal(
        await cluster.kubectlWords(['exec', 'deploy/web', '--', 'curl', '-gs', '--max-time', '2', url]),
        'this computer',
      ),
    )
  await cluster.portolan('expose', '--remove', '--as', 'svc/both')
  await eventually(async () =>
    assert.equal(await cluster.kubectl('get endpointslices -l kubernetes.io/service-name=both -o name'), ''),
  )
})

test("what can't be exposed is refused with what to do [OPS-4]", async () => {
  const refused = async (...args: string[]): Promise<string> => {
    const { code, error } = await cluster.portolan('expose', ...args)
    assert.notEqual(code, 0)
    return error
  }
  assert.match(await refused('localhost:3000', '--as', 'svc/web'), /svc\/web selects Pods/)
  assert.match(await refused('example.org:80', '--as', 'svc/x'), /a port of this computer is meant: localhost:3000/)
  assert.match(await refused('--remove', '--as', 'svc/nosuch'), /doesn't lead to this computer/)
})

test('after down the computer has no interface and no route of the cluster [OPS-4] [OPS-9]', async () => {
  await cluster.portolan('down')
  const { stdout } = await here('sh', '-c', 'ip -o link; ip route')
  assert.equal(stdout.trim().split('\n').length, 1, stdout)
})
