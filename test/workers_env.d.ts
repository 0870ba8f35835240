/** What `cloudflare:workers` gives the tests inside workerd: the bindings, and the Worker's own exports. */
declare namespace Cloudflare {
  interface Env extends DeskwireEnv {}
  interface GlobalProps {
    mainModule: typeof import("../worker/main.ts");
    durableNamespaces: "ConnectionManager" | "JabberSession" | "NodeHost" | "Directory" | "Webhook";
  }
}

type DeskwireEnv = import("../durable/contract.ts").Env;
