"""Every text that end users see, French by default and English beside it: one catalogue."""

from collections.abc import Mapping

_TEXTS: Mapping[str, tuple[str, str]] = {
    # Progress of a job
    "job.accepted": ("Génération d'images démarrée", "Image generation started"),
    "job.PENDING": ("En attente du service de génération", "Waiting for the generation service"),
    "job.INITIALIZING": ("Initialisation de la génération", "Preparing the generation"),
    "job.GENERATING": ("Génération des images en cours", "Generating the images"),
    "job.SAVING": ("Enregistrement des images", "Saving the images"),
    "job.cancelled": ("Génération annulée", "Generation cancelled"),
    "job.completed": ("{count} image(s) générée(s) avec succès", "{count} image(s) generated successfully"),
    # Why a job failed
    "failed.invalid_input": (
        "La demande n'est pas valable pour le service de génération.",
        "The generation service cannot use this request.",
    ),
    "failed.content_moderated": (
        "Cette demande a été refusée par la modération. Reformulez votre prompt.",
        "This request was refused by moderation. Please rephrase your prompt.",
    ),
    "failed.backend_rejected": (
        "Le service de génération a refusé cette demande.",
        "The generation service refused this request.",
    ),
    "failed.backend_unavailable": (
        "Le service de génération ne répond pas. Réessayez dans quelques minutes.",
        "The generation service does not answer. Please try again in a few minutes.",
    ),
    "failed.timeout": (
        "La génération a pris trop de temps. Réessayez dans quelques minutes.",
        "The generation took too long. Please try again in a few minutes.",
    ),
    "failed.internal": ("La génération a échoué. Réessayez.", "The generation failed. Please try again."),
    # Answers to the backend
    "webhook.ignored": ("Job déjà traité", "Job already handled"),
    "webhook.applied": ("Événement enregistré", "Event recorded"),
    # Notifications
    "notification.completed.title": ("🎨 Images générées avec succès", "🎨 Images generated successfully"),
    "notification.completed.message": (
        "{count} image(s) créée(s) à partir de votre prompt.",
        "{count} image(s) created from your prompt.",
    ),
    "notification.failed.title": ("❌ Échec de la génération d'images", "❌ Image generation failed"),
    "notification.read": ("Notification marquée comme lue", "Notification marked as read"),
    "notification.unread": ("Notification marquée comme non lue", "Notification marked as unread"),
    "notification.all_read": ("{count} notification(s) marquée(s) comme lue(s)", "{count} notification(s) marked as read"),
    # Live connections
    "live.invalid_message": ("Message incompris.", "This message is not understood."),
    "live.message_too_large": ("Le message dépasse 4 Kio.", "The message is over 4 KiB."),
    "live.unknown_connection": (
        "Cette connexion ne reçoit plus rien : reconnectez-vous.",
        "This connection gets no messages any more: connect again.",
    ),
    "live.unavailable": (
        "Service momentanément indisponible. Réessayez dans quelques secondes.",
        "Temporarily unavailable. Please try again in a few seconds.",
    ),
    # Problems
    "problem.invalid_request": ("La requête contient des erreurs : {faults}", "The request has errors: {faults}"),
    "problem.invalid_cursor": (
        "Ce curseur n'est pas valable : recommencez depuis la première page.",
        "This cursor is not valid: start again from the first page.",
    ),
    "problem.invalid_idempotency_key": (
        "Idempotency-Key doit compter de 1 à 255 caractères ASCII visibles.",
        "Idempotency-Key must be 1 to 255 visible ASCII characters.",
    ),
    "problem.idempotency_key_reused": (
        "Cette Idempotency-Key a déjà servi pour une autre demande.",
        "This Idempotency-Key was used before for another request.",
    ),
    "problem.unauthorized": ("Authentification requise.", "Authentication required."),
    "problem.not_found": ("Ressource introuvable.", "No such resource."),
    "problem.job_not_found": ("Job introuvable.", "No such job."),
    "problem.notification_not_found": ("Notification introuvable.", "No such notification."),
    "problem.job_not_finished": ("Le job n'est pas terminé.", "The job has no result yet."),
    "problem.job_failed": ("Le job n'a pas de résultat.", "The job has no result."),
    "problem.job_already_finished": (
        "Le job est terminé : il ne peut plus être annulé.",
        "The job has ended: it can no longer be cancelled.",
    ),
    "problem.job_still_open": (
        "Le job est en cours : annulez-le avant de le supprimer.",
        "The job is still open: cancel it before you delete it.",
    ),
    "problem.job_deleted": ("Le job de cette Idempotency-Key a été supprimé.", "The job of this Idempotency-Key was deleted."),
    "problem.too_many_open_jobs": (
        "Trop de générations en cours. Attendez que l'une d'elles se termine.",
        "Too many generations are under way. Wait until one of them ends.",
    ),
    "problem.result_expired": ("Les fichiers de ce résultat ont expiré.", "The files of this result have expired."),
    "problem.payload_too_large": ("Le corps de la requête dépasse 256 Kio.", "The request body is over 256 KiB."),
    "problem.backend_rejected": (
        "Le service de génération a refusé cette demande.",
        "The generation service refused this request.",
    ),
    "problem.unavailable": (
        "Service momentanément indisponible. Réessayez dans quelques secondes.",
        "Temporarily unavailable. Please try again in a few seconds.",
    ),
    "problem.internal": ("Erreur interne.", "Internal error."),
    # What is wrong with a field
    "fault.not_json": ("Le corps n'est pas du JSON valable.", "The body is not valid JSON."),
    "fault.not_object": ("Un objet JSON est attendu.", "A JSON object is expected."),
    "fault.missing": ("Champ obligatoire.", "This field is required."),
    "fault.named": ("{name} : {fault}", "{name}: {fault}"),
    "fault.string": ("Un texte est attendu.", "A text is expected."),
    "fault.unicode": ("Le texte contient des caractères Unicode invalides.", "The text has invalid Unicode characters."),
    "fault.integer": ("Un nombre entier est attendu.", "A whole number is expected."),
    "fault.number": ("Un nombre est attendu.", "A number is expected."),
    "fault.boolean": ("true ou false est attendu.", "true or false is expected."),
    "fault.minimum": ("La valeur minimale est {limit}.", "The smallest value is {limit}."),
    "fault.maximum": ("La valeur maximale est {limit}.", "The largest value is {limit}."),
    "fault.too_short": ("Au moins {limit} caractère(s).", "At least {limit} character(s)."),
    "fault.too_long": ("Au plus {limit} caractères.", "At most {limit} characters."),
    "fault.too_few": ("Au moins {limit} élément(s).", "At least {limit} item(s)."),
    "fault.too_many": ("Au plus {limit} éléments.", "At most {limit} items."),
    "fault.choice": ("Valeurs possibles : {expected}.", "Possible values: {expected}."),
    "fault.time": ("Une date ISO 8601 est attendue.", "An ISO 8601 time is expected."),
    "fault.value": ("Valeur invalide.", "Invalid value."),
    "fault.control_characters": (
        "Les caractères de contrôle sont interdits, sauf saut de ligne et tabulation.",
        "Control characters are not allowed, except newline and tab.",
    ),
    "fault.public_url": (
        "Une URL http(s) publique est attendue, sans identifiants.",
        "A public http(s) URL is expected, without credentials.",
    ),
    "fault.foreign_upload": (
        "Cet envoi n'existe pas. Envoyez d'abord votre image.",
        "There is no such upload. Upload your image first.",
    ),
    "fault.dimensions": ("Des dimensions comme 1024x1024 sont attendues.", "Dimensions such as 1024x1024 are expected."),
    "fault.job_id_differs": ("Ce job_id diffère de celui de l'événement.", "This job_id differs from the event's."),
    "fault.image_key": (
        "La clé doit désigner un fichier sous images/<job_id>/.",
        "The key must name a file under images/<job_id>/.",
    ),
    "fault.image_bucket": ("Ce bucket n'est pas autorisé.", "This bucket is not allowed."),
    "fault.image_location": (
        "L'image n'a ni clé images/…, ni URL S3 autorisée, ni URL du service de génération.",
        "The image has no images/… key, no URL of an allowed bucket and no URL of the generation backend.",
    ),
}

LOCALES = ("fr", "en")


def text(key: str, locale: str, **values: object) -> str:
    """The text in the locale; an unknown locale counts as French. Raises KeyError for a key that the catalogue lacks."""
    french, english = _TEXTS[key]
    return (english if locale == "en" else french).format(**values)


def keys() -> frozenset[str]:
    """Every key of the catalogue."""
    return frozenset(_TEXTS)
