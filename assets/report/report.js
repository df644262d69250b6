
// The page around the player: it is given what the app would give it, inside a shadow root as in the app.
const host = document.getElementById("player").attachShadow({ mode: "open" });
host.append(document.getElementById("parts").content.cloneNode(true));
const data = JSON.parse(document.getElementById("run").textContent);
const render = () => specvizPlayer({ data, parentElement: host, setStateValue: () => {}, setTriggerValue: () => {}, key: "report" });
render();
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", render);
