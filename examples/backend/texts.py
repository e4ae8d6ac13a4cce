"""What end users read while a job runs, in French and English."""

from __future__ import annotations

FRENCH = {
    "accepted": "Génération d'images démarrée",
    "pending": "En attente d'un atelier libre",
    "initializing": "Préparation du prompt",
    "generating": "Génération de l'image {number} sur {count}",
    "saving": "Enregistrement des images",
    "completed": "{count} image(s) générée(s) avec succès",
    "cancelled": "Génération annulée",
    "description": "Image {number} : « {prompt} »",
    "content_moderated": "Le prompt a été refusé par la modération. Reformulez-le et réessayez.",
    "invalid_input": "L'image de départ est introuvable ou illisible. Envoyez-en une autre (PNG, JPEG ou WebP, 10 Mio au plus).",
    "request_refused": "Le modèle d'images n'a pas pu traiter cette demande. Modifiez le prompt ou l'image de départ.",
    "backend_unavailable": "Le modèle d'images est trop demandé. Réessayez dans quelques minutes.",
    "timeout": "Le modèle d'images n'a pas répondu à temps. Réessayez dans quelques minutes.",
    "internal": "La génération a échoué. Réessayez dans un instant.",
}
ENGLISH = {
    "accepted": "Image generation started",
    "pending": "Waiting for a free worker",
    "initializing": "Preparing the prompt",
    "generating": "Generating image {number} of {count}",
    "saving": "Saving the images",
    "completed": "{count} image(s) generated",
    "cancelled": "Generation cancelled",
    "description": "Image {number}: “{prompt}”",
    "content_moderated": "The prompt was refused by moderation. Change it and try again.",
    "invalid_input": "The input image cannot be found or read. Send another one (PNG, JPEG or WebP, at most 10 MiB).",
    "request_refused": "The image model could not make sense of this request. Change the prompt or the input image.",
    "backend_unavailable": "The image model is in too great demand. Try again in a few minutes.",
    "timeout": "The image model did not answer in time. Try again in a few minutes.",
    "internal": "Generation failed. Try again in a moment.",
}
LOCALES = {"fr": FRENCH, "en": ENGLISH}


def say(locale: str, key: str, **values: object) -> str:
    return LOCALES[locale][key].format(**values)
