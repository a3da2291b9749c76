import { after, before, suite, test } from 'node:test'
import { RELEASES } from './kubectl.ts'
import { tryKubectl } from './server.ts'
import type { Tried } from './server.ts'

const SERVICE = `
apiVersion: v1
kind: Service
metadata: {name: web, labels: {state: unedited}}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
`
const NODE = `
apiVersion: v1
kind: Node
metadata: {name: n1}
`
const POD = `
apiVersion: v1
kind: Pod
metadata: {name: p, labels: {app: web}}
spec: {nodeName: n1, containers: [{name: c, image: i}]}
`
const EVENT = `
apiVersion: v1
kind: Event
metadata: {name: web.1}
involvedObject: {kind: Service, name: web, namespace: default, apiVersion: v1}
reason: Tested
message: somebody looked
type: Normal
firstTimestamp: "2026-01-01T00:00:00Z"
lastTimestamp: "2026-01-01T00:00:00Z"
count: 1
source: {component: test}
`
const ROLE = `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reconciled, namespace: default}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
`

for (const release of RELEASES) {
  suite(`the verbs of kubectl ${release}`, () => {
    let kubectl: Tried
    before(async () => {
      kubectl = await tryKubectl(release)
    })
    after(() => kubectl.close())

    test('edit, replace, diff [SVC-3]', async () => {
      const { says, refuses } = kubectl
      await says('create -f -', /service\/web created/, SERVICE)
      await says('edit svc web', /service\/web edited/)
      await says('get svc -l state=edited -o name', /^service\/web\n$/)
      await says('replace -f -', /service\/web replaced/, SERVICE)
      await says('get svc -l state=unedited -o name', /^service\/web\n$/)
      await says('replace --force -f -', /service "web" deleted[^]*service\/web replaced/, SERVICE)
      await refuses(
        'replace -f -',
        /configmaps "other" not found/,
        '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"other"}}',
      )
      await says('diff -f -', /^$/, SERVICE)
      await refuses('diff -f -', /^$|exit status 1/, SERVICE.replace('8080', '9090'))
    })

    test('patch of three types, and of the status alone [SVC-11]', async () => {
      const { says, refuses } = kubectl
      await says('patch svc web --type=json -p [{"op":"add","path":"/metadata/labels/z","value":"1"}]', /patched/)
      await refuses('patch svc web --type=json -p [{"op":"remove","path":"/spec/nix"}]', /the server rejected our request due to an error in our request|nix/)
      await says('patch svc web --type=merge -p {"metadata":{"labels":{"z":null}}}', /patched/)
      await says('patch svc web --type=strategic -p {"spec":{"ports":[{"port":80,"name":"http"}]}}', /patched/)
      await says('get svc web -o jsonpath={.spec.ports[0].name}:{.spec.ports[0].targetPort}:{.metadata.labels}', /^http:8080:\{"state":"unedited"\}$/)
      await refuses('patch svc web --subresource=status --type=merge -p {"status":{"loadBalancer":{"ingress":[{"ip":"1.2.3.4"}]}}}', /status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is 'LoadBalancer'/)
      await says('patch svc web -p {"spec":{"type":"LoadBalancer"}}', /patched/)
      await says('patch svc web --subresource=status --type=merge -p {"status":{"loadBalancer":{"ingress":[{"ip":"1.2.3.4"}]}}}', /patched/)
      await says('get svc web', /LoadBalancer +10\.\S+ +1\.2\.3\.4 +80:3\d+\/TCP/)
      await says('get svc web --subresource=status -o jsonpath={.status.loadBalancer.ingress[0].ip}', /^1.2.3.4$/)
    }) // prettier-ignore

    test('get: pages, order, columns, paths, templates', async () => {
      const { says } = kubectl
      for (const name of ['c', 'a', 'b']) await says(`create configmap ${name}`, /created/)
      await says('get cm --chunk-size=1 -o name', /^configmap\/a\nconfigmap\/b\nconfigmap\/c\n$/)
      await says('get cm --sort-by=.metadata.creationTimestamp -o name', /configmap\/c\n/)
      await says('get cm -o custom-columns=N:.metadata.name,S:.metadata.namespace', /^N +S\na +default\n/)
      await says('get cm -o go-template={{range.items}}{{.metadata.name}}{{end}}', /^abc$/)
      await says('get cm -A --show-labels --no-headers', /default +a +0 +\S+ +<none>\n/)
      await says('get cm,svc -o name', /configmap\/a[^]*service\/web/)
      await says('get cm a b -o yaml', /^apiVersion: v1\nitems:\n- apiVersion: v1\n[^]*kind: List\n/)
      await says('get cm -o json', /"kind": "List"/)
      await says('get cm --field-selector=metadata.name=b -o name', /^configmap\/b\n$/)
      await says('get --raw /api/v1/namespaces/default/configmaps?limit=1', /"continue":"[^"]+","remainingItemCount":2/)
    })

    test('get --watch and wait', async () => {
      const { says, refuses, shows } = kubectl
      await shows('get cm -w --output-watch-events', /MODIFIED +a [^]*DELETED +a /, async () => {
        await says('label cm a x=y', /labeled/)
        await says('delete cm a', /deleted/)
      })
      const created = says('wait --for=create configmap/late --timeout=20s', /configmap\/late condition met/)
      await says('create cm late', /created/)
      await created
      await says('patch cm late --type=merge -p {"metadata":{"finalizers":["example.com/held"]}}', /patched/)
      await says('delete cm late --wait=false', /deleted/)
      const deleted = says('wait --for=delete configmap/late --timeout=20s', /condition met|^$/)
      await says('patch cm late --type=merge -p {"metadata":{"finalizers":[]}}', /patched/)
      await deleted
      await refuses('wait --for=condition=Ready pod/nix --timeout=1s', /pods "nix" not found/)
    })

    test('run, set, rollout, and deletion with its dependents or without [POD-7]', async () => {
      const { says, refuses } = kubectl
      await says('create deployment d --image=i --replicas=2', /created/)
      await says('set image deployment/d i=j', /image updated/)
      await says('set env deployment/d A=B', /env updated/)
      await says('set resources deployment/d --limits=cpu=1', /resource requirements updated/)
      await says('get deployment d -o jsonpath={.metadata.generation}', /^4$/)
      const status =
        '{"status":{"observedGeneration":4,"replicas":2,"updatedReplicas":2,"readyReplicas":2,"availableReplicas":2}}'
      await says(`patch deployment d --subresource=status --type=merge -p ${status}`, /patched/)
      await says('rollout status deployment/d --timeout=10s', /successfully rolled out/)
      await says('rollout restart deployment/d', /restarted/)
      await says('rollout pause deployment/d', /paused/)
      await says('rollout resume deployment/d', /resumed/)
      await says('rollout history deployment/d', /No rollout history found|deployment.apps\/d/)
      await says('get deployment d', /d +2\/2 +2 +2/)
      await says('delete deployment d --cascade=orphan --wait=false', /deleted/)
      await says('get deployment d -o jsonpath={.metadata.finalizers}', /^\["orphan"\]$/)
      await says('patch deployment d --type=merge -p {"metadata":{"finalizers":[]}}', /patched/)
      await refuses('get deployment d', /NotFound/)
      await says('create deployment e --image=i', /created/)
      await says('delete deployment e --cascade=foreground --wait=false', /deleted/)
      await says('get deployment e -o jsonpath={.metadata.finalizers}', /^\["foregroundDeletion"\]$/)
    })

    test('nodes: cordon, taint, drain, uncordon [POD-7]', async () => {
      const { says, refuses } = kubectl
      await says('create -f -', /node\/n1 created/, NODE)
      await says('create -f -', /pod\/p created/, POD)
      await says('cordon n1', /node\/n1 cordoned/)
      await says('get nodes', /n1 +(Unknown|NotReady),SchedulingDisabled/)
      await says('taint node n1 a=b:NoSchedule', /node\/n1 tainted/)
      await refuses('drain n1', /cannot delete Pods that declare no controller|cannot delete Pods not managed by/)
      await says('drain n1 --force --grace-period=0 --timeout=20s', /node\/n1 drained/)
      await says('uncordon n1', /node\/n1 uncordoned/)
      await says('taint node n1 a-', /node\/n1 untainted/)
      await says('describe node n1', /Unschedulable: +false/)
    })

    test('create makes one of every kind that it has a word for [POD-7]', async () => {
      const { says } = kubectl
      await says('create job j --image=i', /job.batch\/j created/)
      await says('create cronjob cj --image=i --schedule=@daily', /cronjob.batch\/cj created/)
      await says('create job j2 --from=cronjob/cj', /job.batch\/j2 created/)
      await says('create ingress ing --rule=a.example.com/b=web:80', /ingress.networking.k8s.io\/ing created/)
      await says('create pdb pdb --min-available=1 --selector=app=web', /poddisruptionbudget.policy\/pdb created/)
      await says('create priorityclass pc --value=1', /priorityclass.scheduling.k8s.io\/pc created/)
      await says('create clusterrole cr --verb=get --resource=pods', /clusterrole.rbac.authorization.k8s.io\/cr created/)
      await says('create clusterrolebinding crb --clusterrole=cr --user=jane', /created/)
      await says('create secret docker-registry dr --docker-username=u --docker-password=p', /secret\/dr created/)
      await says('run q --image=i --restart=Never', /pod\/q created/)
      await says('get job,cronjob,ingress,pdb', /job.batch\/j +Running +0\/1[^]*cronjob.batch\/cj +@daily[^]*a.example.com/)
      await says('auth reconcile -f -', /role.rbac.authorization.k8s.io\/reconciled reconciled/, ROLE)
      await says('delete job,cronjob,ingress,pdb,pod --all --grace-period=0 --force', /job.batch "j2" (force )?deleted/)
    })

    test('events, describe, and what the cluster is', async () => {
      const { says } = kubectl
      await says('create -f -', /event\/web.1 created/, EVENT)
      await says('events --for service/web', /Normal +Tested +Service\/web +somebody looked/)
      await says('get events --field-selector=involvedObject.name=web', /Tested +service\/web +somebody looked/)
      await says('cluster-info', /control plane[^]* is running at [^]*https:\/\/127.0.0.1:/)
      await says('version -o json', /"serverVersion": \{[^]*"gitVersion": "v1.36.0"/)
      await says('api-versions', /^apps\/v1\n[^]*\nv1\n$/)
      await says('api-resources --verbs=list --namespaced -o name', /endpointslices.discovery.k8s.io\n/)
      await says('get --raw /readyz?verbose', /ok/)
    })
  })
}
