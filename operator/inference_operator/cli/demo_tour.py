"""The demo after its story: it stays up, says what to type in a second terminal, and shows what that leads to."""

import os
import shlex
import shutil
import time

from inference_operator.cli.demo_narrator import Narrator
from inference_operator.cli.demo_story import Story

_LOOK_AGAIN = 0.5


def stay(story: Story, narrator: Narrator) -> None:
    """Print the lines to type, then tell each call that reaches the provider, until somebody interrupts."""
    _print_lines(story, narrator)
    told = story.world.provider.actions()
    while True:
        time.sleep(_LOOK_AGAIN)
        story.world.check()
        now = story.world.provider.actions()
        for action, count in now.items():
            for _ in range(count - told.get(action, 0)):
                narrator.done("provider", f"received: {action} {story.name}")
        told = now


def _print_lines(story: Story, narrator: Narrator) -> None:
    patch = f"kubectl patch ie {story.name} --type=merge -p"
    narrator.say("", "Everything stays up until Ctrl-C. In a second terminal, in this directory:")
    narrator.to_type(f"export KUBECONFIG={shlex.quote(str(story.world.cluster.kubeconfig))}")
    if shutil.which("kubectl") is None:
        directory = shlex.quote(str(story.world.kubectl.path.parent))
        narrator.to_type(f'export PATH="$PATH{os.pathsep}"{directory}', "kubectl, which you have not installed")
    narrator.to_type("kubectl get ie --watch", "leave it running in a third one")
    narrator.to_type(f"""{patch} '{{"spec":{{"state":"paused"}}}}'""", "stops it, and the bill")
    narrator.to_type(f"""{patch} '{{"spec":{{"state":"running"}}}}'""", "starts it again")
    narrator.to_type(f"kubectl scale ie {story.name} --replicas=2", "at least two replicas")
    narrator.to_type(f"""{patch} '{{"spec":{{"state":"scaledToZero","replicas":null}}}}'""", "rests until a request")
    narrator.to_type(story.curl, "wakes it: 503 until it is up")
    narrator.to_type(f"kubectl edit ie {story.name}", "any field, such as tags; `kubectl explain ie.spec` says which")
    narrator.to_type(f"kubectl delete ie {story.name}", "also deletes it at the provider")
    narrator.to_type(f"kubectl apply -f {story.world.manifests.shown(story.world.manifests.endpoint)}", "and back")
    narrator.say(f"The operator's log: {story.world.operator.log}", "")
